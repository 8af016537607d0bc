"""The ``nnfs`` command: verbs, help, exit codes, errors in one line, and closed outputs."""

from __future__ import annotations

import importlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import nnfs
from nnfs import cli, profiling
from nnfs.data import DATASETS

ENTRY = "import sys; sys.argv[0] = 'nnfs'; from nnfs_command import main; sys.exit(main())"


@pytest.fixture
def fail(monkeypatch):
    """Return a function that runs the command with a verb that raises a given error."""

    def run(error, *words):
        def verb(arguments):
            raise error

        monkeypatch.setattr("nnfs.cli.info.run", verb)
        return cli.main(["info", *words])

    return run


def start(*words, entry=("-c", ENTRY), **options):
    environment = {name: value for name, value in os.environ.items() if name != "NNFS_BACKEND"}
    options.setdefault("env", environment | options.pop("more", {}))
    return subprocess.run([sys.executable, *entry, *words], text=True, capture_output=True, timeout=60, **options)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (nnfs.ShapeError("wrong"), 2),
        (nnfs.DTypeError("wrong"), 2),
        (nnfs.BackendError("wrong"), 2),
        (ValueError("wrong"), 2),
        (nnfs.FormatError("wrong"), 3),
        (nnfs.ChecksumError("wrong"), 3),
        (nnfs.UnsupportedError("wrong"), 3),
        (FileNotFoundError("wrong"), 3),
        (OSError("wrong"), 4),
        (OverflowError("wrong"), 2),
        (RecursionError("wrong"), 3),
        (nnfs.NumericError("wrong"), 5),
        (nnfs.WorkerError("wrong"), 4),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(error, code, fail, capsys):
    assert fail(error) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "nnfs: error: wrong\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (FileNotFoundError(2, "No such file or directory", "a/b"), 4, "a/b: No such file or directory"),
        (PermissionError(13, "Permission denied", "x"), 4, "x: Permission denied"),
        (OSError(28, "No space left on device"), 4, "No space left on device"),
        (nnfs.FormatError("two\nlines"), 3, "two lines"),
        (KeyError("name"), 1, "unexpected KeyError: 'name'; --debug shows where"),
        (TypeError("wrong"), 1, "unexpected TypeError: wrong; --debug shows where"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_says_what_and_where(error, code, line, fail, capsys):
    assert fail(error) == code
    assert capsys.readouterr().err == f"nnfs: error: {line}\n"


@pytest.mark.parametrize("error", [MemoryError(), MemoryError("Unable to allocate 9.0 GiB")])
def test_too_little_memory_says_how_much_there_is_and_what_to_do(error, fail, capsys):
    assert fail(error) == 4
    printed = capsys.readouterr().err
    assert printed.startswith(f"nnfs: error: memory is too short: {error or 'MemoryError'}")
    assert "this computer has" in printed
    assert "Try a smaller --batch-size" in printed
    assert printed.count("\n") == 1


def test_a_warning_takes_one_line_once(monkeypatch, capsys):
    def verb(arguments):
        warnings.simplefilter("default")
        warnings.warn("two\nlines", UserWarning, stacklevel=1)
        warnings.warn("two\nlines", UserWarning, stacklevel=1)
        return 0

    monkeypatch.setattr("nnfs.cli.info.run", verb)
    before = warnings.showwarning
    assert cli.main(["info"]) == 0
    assert capsys.readouterr().err == "nnfs: warning: two lines\n"
    assert warnings.showwarning is before


def test_debug_lets_the_error_through(fail, capsys):
    with pytest.raises(nnfs.FormatError):
        fail(nnfs.FormatError("wrong"), "--debug")
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt(), "--debug")


def test_debug_stands_before_or_after_the_verb(monkeypatch):
    seen = []
    monkeypatch.setattr("nnfs.cli.info.run", lambda arguments: seen.append(arguments.debug) or 0)
    for words in (["--debug", "info"], ["info", "--debug"], ["info"]):
        assert cli.main(words) == 0
    assert seen == [True, True, False]


def test_a_verb_gives_the_exit_code(monkeypatch):
    monkeypatch.setattr("nnfs.cli.info.run", lambda arguments: 1)
    assert cli.main(["info"]) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["dance"], "see `nnfs --help`"),
        (["quux"], "there is no verb 'quux'; the verbs are bench, compare, completion, "),
        (["trian", "digits"], "there is no verb 'trian'; perhaps `nnfs train`; see"),
        (["diagnose", "runs/a"], "`nnfs report RUN` shows what goes wrong; in Python: nnfs.diagnose(net, x, y); see"),
        (["Train", "digits"], "perhaps `nnfs train`"),
        (["train", "digits", "--lr", "0.1"], "--lr 0.1; write --optimizer adam learning_rate=0.001; see"),
        (["train", "digits", "--learning_rate=0.1"], "write --optimizer adam learning_rate=0.001; see"),
        (["train", "digits", "--batch", "3"], "--batch 3; write --batch-size; see"),
        (["train", "digits", "--epoch", "3"], "--epoch 3; write --epochs; see"),
        (["train", "digits", "--hidden-units", "16"], "write --network mlp hidden_units=16,16; see"),
        (["info", "--jso"], "unrecognized arguments: --jso; write --json; see `nnfs info --help`"),
        (["info", "more", "--and", "more"], "unrecognized arguments: more --and more; see `nnfs info --help`"),
        (["data", "list", "--json", "moons", "more"], "unrecognized arguments: more; see `nnfs data --help`"),
        (["--colour", "info"], "unrecognized arguments: --colour"),
        (["info", "--json=3"], "see `nnfs info --help`"),
    ],
)
def test_usage_takes_one_line(words, line, capsys):
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("nnfs: error: ")
    assert line in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["--debug"]])
def test_without_a_verb_the_command_says_what_there_is(words, capsys):
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(verb in printed.err for verb in cli.VERBS)
    assert printed.err.endswith("nnfs: error: a verb is missing; see `nnfs --help`\n")


@pytest.mark.parametrize("words", [["help"], ["help", "train"]])
def test_help_is_a_word_too(words, capsys):
    assert cli.main([*words[1:], "--help"]) == 0
    wanted = capsys.readouterr().out
    assert cli.main(words) == 0
    assert capsys.readouterr().out == wanted


def test_examples_of_help_work_in_an_empty_folder(tmp_path, monkeypatch, capsys):
    for library in ("onnx", "matplotlib", "jinja2"):
        pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    for verb in ("train", "evaluate", "predict", "export", "report", "resume", "info"):
        words = importlib.import_module(f"nnfs.cli.{verb}").EXAMPLE.splitlines()[0].split(" > ")[0].split()[1:]
        few = [{"20": "1", "30": "2"}.get(word, word) for word in words]
        assert cli.main(few) == 0, capsys.readouterr().err
    assert (tmp_path / "first.onnx").exists()


@pytest.mark.parametrize(
    ("verb", "smallest"),
    [
        ("bench", "--rounds 1 --seconds 0.001 --no-torch --table sample"),
        ("data", ""),
        ("profile", "--seconds 0.001"),
        ("reproduce", "--epochs 1 --no-torch --output out"),
        ("verify", "--cases 1"),
    ],
)
def test_examples_of_other_verbs_run_as_they_are_written(verb, smallest, own_folder, monkeypatch, capsys):
    digits = DATASETS["digits"]()
    images = np.random.default_rng(0).random((64, 1, 28, 28), np.float32)
    few = digits._replace(
        x_train=images,
        y_train=digits.y_train[:64],
        x_test=images,
        y_test=digits.y_test[:64],
    )
    monkeypatch.setitem(DATASETS, "fashion-mnist", lambda **options: few)
    monkeypatch.setattr("nnfs.profiling.measure_peaks", lambda dtype: profiling.Peaks(100.0, 50.0, {2**20: 20.0}))
    monkeypatch.setattr("nnfs.profiling.installed_rivals", lambda: {"torch": None, "onnxruntime": None})
    monkeypatch.setattr("nnfs.reproduce.run.can_draw", lambda: False)  # pictures take most of the time
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    assert cli.main(["train", "moons", "--epochs", "1", "--name", "first", "--verbose", "0"]) == 0
    for line in importlib.import_module(f"nnfs.cli.{verb}").EXAMPLE.splitlines():
        program, *words = shlex.split(line)
        assert program == "nnfs"
        assert cli.main([*words, *smallest.split()]) == 0, capsys.readouterr().err


def test_help_lists_every_verb_and_imports_none(monkeypatch, capsys):
    monkeypatch.setattr("importlib.import_module", None)
    assert cli.main(["--help"]) == 0
    printed = capsys.readouterr()
    words = " ".join(printed.out.split())
    assert all(verb in words and line in words for verb, line in cli.VERBS.items())
    assert printed.err == ""


@pytest.mark.parametrize("verb", cli.VERBS)
def test_help_of_a_verb_shows_its_example(verb, capsys):
    module = importlib.import_module(f"nnfs.cli.{verb}")
    assert cli.main([verb, "--help"]) == 0
    printed = capsys.readouterr().out
    assert cli.VERBS[verb] in " ".join(printed.split())
    assert module.EXAMPLE.strip().splitlines()[0] in printed


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"nnfs {nnfs.__version__}\n"


def test_terminates_like_an_exception_and_puts_the_handler_back(monkeypatch):
    cleaned = []

    def verb(arguments):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            cleaned.append(True)

    monkeypatch.setattr("nnfs.cli.info.run", verb)
    before = signal.getsignal(signal.SIGTERM)
    assert cli.main(["info"]) == 143
    assert cleaned == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_runs_in_a_thread(capsys):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(cli.main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize("entry", [("-c", ENTRY), ("-m", "nnfs")])
def test_starts_as_a_process(entry):
    ran = start("--version", entry=entry)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"nnfs {nnfs.__version__}\n", "")


@pytest.mark.parametrize("entry", [("-c", ENTRY), ("-m", "nnfs"), ("-mnnfs",)])
def test_a_backend_that_is_not_there_is_one_line(entry):
    ran = start("info", more={"NNFS_BACKEND": "fast"}, entry=entry)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "nnfs: error: NNFS_BACKEND is 'fast'; it must be one of 'auto', 'numpy', 'cython'\n"
    ran = start("info", "--debug", more={"NNFS_BACKEND": "fast"}, entry=entry)
    assert "Traceback" in ran.stderr


def test_a_program_that_imports_nnfs_gets_the_error_itself():
    ran = start(more={"NNFS_BACKEND": "fast"}, entry=("-c", "import nnfs"))
    assert ran.returncode == 1
    assert "BackendError: NNFS_BACKEND is 'fast'" in ran.stderr


def test_no_colour_whatever_is_asked_for():
    ran = start("info", "extra", more={"FORCE_COLOR": "1"})
    assert "\x1b" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("words", ["info --json", "--help"])
def test_nobody_reads(words):
    command = f'"{sys.executable}" -c "{ENTRY}" {words} | true; exit ${{PIPESTATUS[0]}}'
    ran = subprocess.run(["bash", "-c", f"set +e; {command}"], text=True, capture_output=True, timeout=60)
    assert ran.returncode in (0, cli.NOBODY_READS)
    assert ran.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
def test_a_full_disk_is_an_error_of_output():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", ENTRY, "--version"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ran.returncode == 4
    assert ran.stderr == "nnfs: error: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_outputs_are_no_error(closed):
    command = f'"{sys.executable}" -c "{ENTRY}" dance {closed}'
    ran = subprocess.run(["bash", "-c", command], text=True, capture_output=True, timeout=60)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == (closed == ">&-")
