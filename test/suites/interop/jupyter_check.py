"""What Jupyter's own tools make of our kernel and of our executed copies.

python jupyter_check.py execute KERNEL SECONDS:FILE...
                                                 nbclient: one JSON line per notebook, its verdict and outputs
python jupyter_check.py validate FILE...         nbformat: fails on the first invalid notebook
python jupyter_check.py converse KERNEL          jupyter_client: interrupt, heartbeat, abort, restart, shutdown
python jupyter_check.py conform KERNEL           jupyter_kernel_test
python jupyter_check.py pytest ARGUMENT...       pytest (nbmake, nbval): one JSON line, "passed" or "failed" by notebook
"""

import json
import os
import sys
import time
import unittest
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


def execute(kernel, *files):
    for seconds, file in (given.split(":", 1) for given in files):
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
        client = NotebookClient(
            notebook,
            kernel_name=kernel,
            timeout=int(seconds),
            coalesce_streams=True,
            record_timing=False,
            resources={"metadata": {"path": os.path.dirname(os.path.abspath(file))}},
        )
        verdict, ename = "ok", None
        try:
            client.execute()
        except CellExecutionError as error:
            verdict, ename = "cellError", error.ename
        except CellTimeoutError:
            verdict = "timeout"
        except DeadKernelError:
            verdict = "deadKernel"
        nbformat.validate(notebook)
        cells = [[c.execution_count, c.outputs] for c in notebook.cells if c.cell_type == "code"]
        print(json.dumps({"file": file, "kind": verdict, "ename": ename, "cells": cells}), flush=True)


def validate(*files):
    for file in files:
        with open(file, encoding="utf-8") as handle:
            text = handle.read()
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        written = nbformat.writes(notebook)
        assert text == written or text == written + "\n", f"{file}: nbformat would write it differently"


def converse(kernel):
    manager, client = start_new_kernel(kernel_name=kernel, startup_timeout=60)

    def reply_to(msg_id, timeout=15):
        while True:
            reply = client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == msg_id:
                return reply["content"]

    for loop in ["for (;;) {}", "await new Promise((r) => setTimeout(r, 10)); for (;;) {}", "await new Promise(() => {});"]:
        busy = client.execute(loop)
        time.sleep(1)
        assert client.hb_channel.is_beating(), "heartbeats go on while a cell is busy"
        manager.interrupt_kernel()
        content = reply_to(busy)
        assert (content["status"], content["ename"]) == ("error", "Interrupted"), content
        assert reply_to(client.execute("1 + 1"))["status"] == "ok", f"the kernel works after interrupting: {loop}"

    failing, queued = client.execute("throw new Error('x')"), client.execute("2")
    assert reply_to(failing)["status"] == "error"
    assert reply_to(queued)["status"] == "aborted", "what was queued behind an error is aborted"
    assert reply_to(client.execute("3"))["status"] == "ok", "what is sent after it is not"

    client.execute("setInterval(() => {}, 1000); require('net').createServer().listen(0);")
    manager.restart_kernel()
    client.wait_for_ready(timeout=60)
    assert reply_to(client.execute("const again: number = 1;"))["execution_count"] == 1

    reply_to(client.execute("setInterval(() => {}, 1000);"))
    started = time.time()
    client.stop_channels()
    manager.shutdown_kernel()
    assert time.time() - started < 4, "shutdown is prompt with a live timer"


# What of jupyter_kernel_test does not apply to this kernel, and why.
INAPPLICABLE = {
    "test_history": "the kernel keeps no history; notebooks and JupyterLab's own history do",
    "test_pager": "TypeScript has no pager: help comes by inspection",
    "test_recv_iopub_welcome_msg": "belongs to a later protocol than 5.3, which this kernel speaks",
}


def conform(kernel):
    import jupyter_kernel_test

    class Conformance(jupyter_kernel_test.KernelTests, jupyter_kernel_test.IopubWelcomeTests):
        kernel_name = kernel
        language_name = "typescript"
        file_extension = ".ts"
        code_hello_world = 'console.log("hello, world")'
        code_stderr = 'console.error("oops")'
        completion_samples = [{"text": "parseFlo", "matches": {"parseFloat"}}]
        # What the parser cannot read counts as complete: running it tells the error and its place.
        complete_code_samples = ["1", "const a = 1;", "function f() { return 1 }", "const = ;"]
        incomplete_code_samples = ["function f() {", "const a = [1,"]
        code_generate_error = 'throw new Error("bad")'
        code_execute_result = [{"code": "1 + 2", "result": "3"}, {"code": "'a'", "result": "'a'"}]
        code_display_data = [{"code": 'import { display } from "tslab"; display.html("<b>x</b>")', "mime": "text/html"}]
        code_inspect_sample = "parseFloat"
        code_clear_output = 'import { clearOutput } from "selective-neural-competition"; clearOutput()'

    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Conformance))
    skipped = {test.id().split(" ")[0].split(".")[-1] for test, _ in result.skipped}  # subtests carry arguments
    assert skipped == set(INAPPLICABLE), f"skipped {skipped}, expected {set(INAPPLICABLE)}"
    if not result.wasSuccessful():
        sys.exit(1)
    print(json.dumps({"passed": result.testsRun - len(skipped), "inapplicable": INAPPLICABLE}))


def run_pytest(*arguments):
    import pytest

    verdicts = {}

    class Verdicts:
        def pytest_runtest_logreport(self, report):
            name = Path(report.location[0]).stem  # a node id names no file where it is itself an argument outside rootdir
            if report.failed:
                verdicts[name] = "failed"
            verdicts.setdefault(name, "passed")

    pytest.main(["-q", "-c", os.devnull, "-p", "no:cacheprovider", *arguments], plugins=[Verdicts()])
    print("\n" + json.dumps(verdicts))


if __name__ == "__main__":
    commands = {"execute": execute, "validate": validate, "converse": converse, "conform": conform, "pytest": run_pytest}
    commands[sys.argv[1]](*sys.argv[2:])
