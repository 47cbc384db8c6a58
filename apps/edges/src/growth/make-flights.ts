/** The process that writes the files of a growth run: `<folder> <files> <objects> <format>`. */
import { FLIGHT_FORMATS, writeFlightFiles } from "./flight-files.ts";

const [folder = "", files, objects, name] = process.argv.slice(2);
const format = FLIGHT_FORMATS.find((one) => one === name) ?? "parquet";
await writeFlightFiles({ folder, files: Number(files), objects: Number(objects), format });
