/** The process that writes the files of a growth run: `<folder> <files> <objects>`. */
import { writeFlightFiles } from "./flight-files.ts";

const [folder = "", files, objects] = process.argv.slice(2);
await writeFlightFiles({ folder, files: Number(files), objects: Number(objects) });
