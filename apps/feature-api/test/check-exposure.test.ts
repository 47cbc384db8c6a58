import { Metrics, SettingsError } from "@trilane/lane-kit";
import { describe, expect, it, vi } from "vitest";
import { openApi } from "./api-fixture.ts";

const TOKEN = "0123456789abcdef";

describe("access", () => {
  it.each(["0.0.0.0", "::", "10.0.0.5", "example.org", "127.0.0.1.example.org"])(
    "refuses to start on %s without a token",
    async (host) => {
      await expect(openApi({ settings: { host } })).rejects.toThrow(SettingsError);
      await expect(openApi({ settings: { host, apiToken: "" } })).rejects.toThrow(/openssl rand/);
    },
  );

  it.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("needs none on %s", async (host) => {
    const { api } = await openApi({ settings: { host } });
    expect((await api.inject("/v1/groups")).statusCode).toBe(200);
    await api.close();
  });

  it("refuses a short token", async () => {
    await expect(openApi({ settings: { host: "0.0.0.0", apiToken: "secret" } })).rejects.toThrow(/at least 16/);
  });

  it("asks for the token on every route, the description among them", async () => {
    const { api } = await openApi({ settings: { host: "0.0.0.0", apiToken: TOKEN } });
    const statusWith = async (url: string, authorization?: string): Promise<number> =>
      (await api.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
    for (const url of ["/v1/groups", "/openapi.json", "/v1/features/hubs?origin=A", "/v1/features/none"]) {
      expect(await statusWith(url)).toBe(401);
      expect(await statusWith(url, `Bearer ${TOKEN}x`)).toBe(401);
      expect(await statusWith(url, `Basic ${TOKEN}`)).toBe(401);
      expect(await statusWith(url, `Bearer ${TOKEN}`)).not.toBe(401);
    }
    const refused = await api.inject("/v1/groups");
    expect(refused.headers["www-authenticate"]).toBe("Bearer");
    expect(refused.json()).toMatchObject({ status: "refused", code: "UNAUTHORIZED" });
    await api.close();
  });
});

describe("limits and counts", () => {
  it("refuses requests while too many are under way, and takes them again afterwards", async () => {
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { api } = await openApi({ limits: { requestsMax: 1 } }, (inner) => ({
      ...inner,
      async getAsText(request, textOf) {
        started.resolve();
        await gate.promise;
        return inner.getAsText(request, textOf);
      },
    }));
    const url = await api.listen({ port: 0 });
    const first = fetch(`${url}/v1/features/hubs?origin=A`);
    await started.promise;
    const second = await fetch(`${url}/v1/groups`);
    expect(second.status).toBe(503);
    expect(second.headers.get("retry-after")).toBe("1");
    expect(await second.json()).toMatchObject({ status: "failed", code: "OVERLOADED" });
    gate.resolve();
    expect((await first).status).toBe(404);
    await vi.waitFor(async () => expect((await fetch(`${url}/v1/groups`)).status).toBe(200));
    await api.close();
  });

  it("counts answers by route and status", async () => {
    const metrics = new Metrics();
    const { api } = await openApi({ metrics });
    await api.inject("/v1/features/hubs?origin=A");
    await api.inject("/v1/features/hubs");
    const text = await metrics.registry.metrics();
    expect(text).toContain('trilane_http_requests_total{route="/v1/features/hubs",status="404"} 1');
    expect(text).toContain('trilane_http_requests_total{route="/v1/features/hubs",status="422"} 1');
    await api.close();
  });
});
