import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { SncError } from "../../src/base/errors.js";
import { naming, systemFault } from "../../src/base/system-errors.js";
import { fixtures } from "../helpers/paths.js";

/** An error as the system throws it. */
const systemError = (code: string, syscall: string, more: object = {}): Error =>
  Object.assign(new Error(`${code}: as the system says it, ${syscall}`), { code, syscall, errno: -1, ...more });

test("a fault of the machine is an environment error with the path, the system's code and what to do", () => {
  const cases: [Error, RegExp][] = [
    [systemError("EACCES", "open", { path: "/a" }), /^\/a: found no permission \(EACCES\)\. .*SNC_CACHE/],
    [systemError("EROFS", "mkdir", { path: "/a" }), /^\/a: found a file system that is read-only \(EROFS\)\. /],
    [systemError("ENOSPC", "write", { path: "/a" }), /^\/a: found no space left \(ENOSPC\)\. .*finished work is kept/],
    [systemError("ENOTDIR", "mkdir", { path: "/a/b" }), /^\/a\/b: found a file where the path needs a folder/],
    [systemError("EMFILE", "open", { path: "/a" }), /^\/a: found too many open files .*ulimit -n/],
    [systemError("ENOENT", "mkdir", { path: "/a" }), /^\/a: found no such file or folder \(ENOENT\)\. /],
    [systemError("EISDIR", "rename", { path: "/a.1.tmp", dest: "/a" }), /^\/a: found a folder where a file belongs/],
    [systemError("EIO", "read"), /^a file \(read\): found an input\/output error \(EIO\)\. /],
  ];
  for (const [error, says] of cases) {
    const fault = systemFault(error);
    assert.equal(fault?.failure, "environment", error.message);
    assert.match(fault.message, says);
    assert.equal(fault.cause, error);
  }
});

test("a file that is looked for and not there is an input error", async () => {
  const error = await readFile(`${fixtures}/none.json`).catch((cause) => cause);
  assert.equal(systemFault(error)?.failure, "input");
  assert.match(systemFault(error)?.message ?? "", /none\.json: found no such file or folder/);
});

test("what is written goes by its own name, also where the system names a temporary one or none", () => {
  const temporary = systemError("EDQUOT", "open", { path: "/a/file.json.12-ab.tmp" });
  assert.match(systemFault(temporary, "/a/file.json")?.message ?? "", /^\/a\/file\.json: found a quota/);
  assert.match(systemFault(systemError("ENOSPC", "write"), "/a/file.json")?.message ?? "", /^\/a\/file\.json: /);
  const other = systemError("EACCES", "open", { path: "/b/source" });
  assert.match(systemFault(other, "/a/file.json")?.message ?? "", /^\/b\/source: /, "a file that it is made from");
  const nowhere = systemError("ENOENT", "open", { path: "/a/file.json.12-ab.tmp" });
  assert.equal(systemFault(nowhere, "/a/file.json")?.failure, "environment", "not an input: it was to be made");
});

test("a mistake in the program is no fault of the machine, whatever its code", () => {
  const mistakes = [
    new TypeError("undefined is not a function"),
    Object.assign(new TypeError("The argument must be a string"), { code: "ERR_INVALID_ARG_TYPE" }),
    Object.assign(new Error("a library's own"), { code: "ENOENT" }),
    systemError("EBADF", "read"),
    systemError("EINVAL", "open"),
    systemError("constructor", "open"),
    "no error at all",
    undefined,
  ];
  for (const mistake of mistakes) assert.equal(systemFault(mistake), undefined, String(mistake));
});

test("an error that a user can act on stays as it is", () => {
  const error = new SncError("notebook", "a cell threw");
  assert.equal(systemFault(error), error);
});

test("a read that the system fails without a path is given the file's", async () => {
  await assert.rejects(naming(fixtures, readFile(fixtures)), { code: "EISDIR", path: fixtures });
  await assert.rejects(naming("/other", readFile(`${fixtures}/none`)), { code: "ENOENT", path: `${fixtures}/none` });
});
