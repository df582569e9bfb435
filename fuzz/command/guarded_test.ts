/** Files of results: whole or not there. */
import { assertEquals, assertThrows } from "@std/assert";
import { OutputError } from "./exit.ts";
import { writeFile, writeFiles } from "./guarded.ts";

function withFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("writeFile() that fails leaves the file that was there, and nothing beside it", () => {
  withFolder((folder) => {
    const file = `${folder}/page.html`;
    writeFile(file, "old");
    Deno.mkdirSync(`${folder}/.page.html.new/taken`, { recursive: true }); // stands for a disk that is full
    assertThrows(() => writeFile(file, "new"), OutputError, `Cannot write ${file}: `);
    assertEquals(Deno.readTextFileSync(file), "old");
    Deno.removeSync(`${folder}/.page.html.new`, { recursive: true });
    writeFile(file, "new");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["page.html"]);
    assertEquals(Deno.readTextFileSync(file), "new");
  });
});

Deno.test("writeFile() writes through a link, and to a device, without taking its place", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/target`, "");
    Deno.symlinkSync(`${folder}/target`, `${folder}/link`);
    writeFile(`${folder}/link`, "content");
    assertEquals(Deno.readTextFileSync(`${folder}/target`), "content");
    assertEquals(Deno.lstatSync(`${folder}/link`).isSymlink, true);
    Deno.symlinkSync("/dev/full", `${folder}/full`);
    assertThrows(() => writeFile(`${folder}/full`, "x"), OutputError);
    assertEquals(Deno.lstatSync(`${folder}/full`).isSymlink, true);
  });
});

Deno.test("writeFiles() makes the folder, and names it when it cannot", () => {
  withFolder((folder) => {
    writeFiles(`${folder}/a/b`, { "x.csv": "x\n", "y.bin": Uint8Array.of(1) });
    assertEquals(Deno.readFileSync(`${folder}/a/b/y.bin`), Uint8Array.of(1));
    assertThrows(() => writeFiles(`${folder}/a/b/x.csv`, {}), OutputError, "Cannot write to ");
  });
});
