/** A manifest that names objects which the worker may not read. */
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createS3 } from "@trilane/lane-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flight, openWorkFixture, type WorkFixture } from "../work-fixture.ts";

let fixture: WorkFixture;
beforeAll(async () => {
  fixture = await openWorkFixture();
});
afterAll(() => fixture.close());

test("a manifest brings in no object that --load-from does not allow", async () => {
  const s3 = createS3(fixture.platform.settings);
  const [allowed, secret] = [`${fixture.queue}-allowed`, `${fixture.queue}-secret`];
  for (const Bucket of [allowed, secret]) await s3.send(new CreateBucketCommand({ Bucket }));
  const Body = JSON.stringify(flight("SECRET", 1));
  await s3.send(new PutObjectCommand({ Bucket: secret, Key: "payroll.ndjson", Body }));
  const entries = [{ url: `s3://${secret}/payroll.ndjson` }];
  const manifest = { Bucket: allowed, Key: "x.manifest.json", Body: JSON.stringify({ entries }) };
  await s3.send(new PutObjectCommand(manifest));
  s3.destroy();
  const data = { group: "routes", source: `s3://${allowed}/x.manifest.json` };

  const careful = await fixture.start({ access: { jobs: ["load"], loadFrom: [`s3://${allowed}/`] } });
  const refused = fixture.jobs.enqueue({ name: "load", data, wait: true });
  await expect(refused).rejects.toThrow(`s3://${secret}/payroll.ndjson is not an allowed source`);
  expect(await fixture.delayOf("SECRET")).toBeNull();
  await careful.stop();

  const open = await fixture.start({ access: { jobs: ["load"], loadFrom: ["s3://"] } });
  await fixture.jobs.enqueue({ name: "load", data, wait: true });
  expect(await fixture.delayOf("SECRET")).toBe(1);
  await open.stop();
});
