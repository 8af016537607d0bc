"""The verb ``completion``: a shell reads the script, and completes verbs, options, choices and files by it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from nnfs import cli

pytest.importorskip("shtab")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    code = "import sys; from nnfs.cli import main; sys.exit(main(['completion', 'bash']))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path = tmp_path_factory.mktemp("completion") / "nnfs.bash"
    path.write_text(ran.stdout)
    return path


def complete(script, *words):
    """Return what bash offers for the last of the words."""
    code = (
        f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_nnfs; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    ran = subprocess.run(
        ["bash", "-c", code, "bash", "nnfs", *words], capture_output=True, text=True, check=True, cwd=script.parent
    )
    return ran.stdout.split()


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["tr"], "trace train"),
        (["train", "--batch"], "--batch-size"),
        (["train", "digits", "--verbose", ""], "0 1 2 auto"),
        (["completion", ""], "bash tcsh zsh"),
        (["train", "nnfs.b"], "nnfs.bash"),
    ],
    ids=str,
)
def test_bash_completes(words, offered, script):
    assert sorted(set(complete(script, *words))) == offered.split()


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_all_verbs(shell, capsys):
    assert cli.main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert all(verb in printed for verb in cli.VERBS)


def test_an_unknown_shell_is_answered_with_the_known_ones(capsys):
    assert cli.main(["completion", "fish"]) == 2
    assert "bash" in capsys.readouterr().err


def test_a_missing_package_is_answered_with_the_line_to_write(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert cli.main(["completion", "bash"]) == 1
    assert 'pip install "nnfs-cython[completion]"' in capsys.readouterr().err
