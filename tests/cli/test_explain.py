"""The verb ``explain``: it writes one page."""

from __future__ import annotations

import json
import shutil

import pytest

from nnfs import cli


def test_a_page_of_a_run(backend, pets, capsys):
    assert cli.main(["explain", "runs/pets", "--sample", "3", "--output", "page.html"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "page.html\n"
    assert "bytes; open it in a browser" in printed.err
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    assert "computed by the NumPy reference" in text
    assert "class cat" in text
    assert "columns" in text


def test_a_page_of_a_network_by_name(own_folder, capsys):
    assert cli.main(["explain", "moons MLP"]) == 0
    assert (own_folder / "explain.html").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["runs/pets", "--output", "nowhere/page.html"], 4, "there is no folder nowhere. Try: mkdir -p nowhere"),
        (["runs/pets", "--output", "runs"], 4, "got a folder, wanted a file. Try: --output runs/explain.html"),
        (["runs/pets", "--output", ""], 4, "got a folder, wanted a file. Try: --output explain.html"),
        (["runs/pets", "--batch", "0"], 2, "--batch must be a number from 1 to 64, got 0"),
        (["runs/pets", "--batch", "1000000000"], 2, "got 1000000000; --sample says at which sample it begins"),
        (["runs/pets", "--batch", "some"], 2, "invalid int value: 'some'"),
        (["runs/pets", "--sample", "-1"], 2, "--sample must be a number from 0 to 39, got -1"),
        (["moons MLP", "digits"], 2, "moons MLP is shown with random numbers; it takes no DATA"),
        (["moons MLP", "--part", "test"], 2, "it takes no DATA, --part"),
        (["pets.csv"], 3, "wanted the folder of a run or a .safetensors file"),
    ],
)
def test_mistakes_are_answered_in_one_line_and_leave_no_file(pets, capsys, words, code, message):
    before = sorted(pets.parent.rglob("*"))
    assert cli.main(["explain", *words]) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1
    assert sorted(pets.parent.rglob("*")) == before


def test_the_page_of_a_run_has_the_states_before_and_during_training(pets, capsys):
    assert cli.main(["explain", "runs/pets", "--output", "page.html"]) == 0
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    steps = json.loads(text.split('id="data">')[1].split("</script>")[0])["steps"]
    assert [step["title"] for step in steps] == [
        *["before training", *(f"after epoch {epoch}" for epoch in (1, 2, 4, 8, 16, 19))],
        "trained",
    ]
    losses = [float(step["loss"]["value"]) for step in steps]
    assert losses[0] > losses[3] > losses[-1]


def test_a_damaged_checkpoint_is_told_and_left_out(pets, capsys):
    checkpoint = sorted(pets.with_name("runs").joinpath("pets", "checkpoints").iterdir())[0]
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    assert cli.main(["explain", "runs/pets", "--output", "page.html"]) == 0
    assert "the page goes without this checkpoint" in capsys.readouterr().err
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    assert '"title":"after epoch 1"' not in text
    assert '"title":"after epoch 2"' in text


def test_samples_behind_the_chosen_one_are_on_the_page_too(pets, capsys):
    assert (
        cli.main(["explain", "runs/pets", "--sample", "1", "--batch", "2", "--training", "--output", "page.html"]) == 0
    )
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    assert "computed by the NumPy reference, as in training" in text
    steps = json.loads(text.split('id="data">')[1].split("</script>")[0])["steps"]
    assert [name.split(",")[0] for name in steps[-1]["samples"]] == ["sample 1", "sample 2"]


def test_a_run_that_is_not_done_is_shown_as_far_as_it_went(pets, capsys):
    run = pets.with_name("runs") / "pets"
    (run / "weights.safetensors").unlink()
    assert cli.main(["explain", "runs/pets", "--output", "page.html"]) == 0
    newest = sorted((run / "checkpoints").iterdir())[-1].name
    told = f"runs/pets is not done; the network is that of its newest checkpoint, {newest}, after epoch 20\n"
    assert told in capsys.readouterr().err
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    titles = [step["title"] for step in json.loads(text.split('id="data">')[1].split("</script>")[0])["steps"]]
    assert titles == ["before training", *(f"after epoch {epoch}" for epoch in (1, 2, 4, 8, 16, 19)), "so far"]


def test_a_run_without_checkpoints_has_its_first_and_last_state(pets, capsys):
    shutil.rmtree(pets.with_name("runs") / "pets" / "checkpoints")
    assert cli.main(["explain", "runs/pets", "--output", "page.html"]) == 0
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    steps = json.loads(text.split('id="data">')[1].split("</script>")[0])["steps"]
    assert [step["title"] for step in steps] == ["before training", "trained"]
    (pets.with_name("runs") / "pets" / "weights.safetensors").unlink()
    assert cli.main(["explain", "runs/pets", "--output", "page.html"]) == 3
    assert "this run is not done; to go on with it: nnfs resume runs/pets" in capsys.readouterr().err


def test_another_file_is_not_replaced_and_an_older_page_is(own_folder, capsys):
    words = ["explain", "moons MLP", "--output", "page.html"]
    assert cli.main(words) == cli.main(words) == 0
    assert "bytes, in place of an older page; open it in a browser" in capsys.readouterr().err
    (own_folder / "page.html").write_text("mine")
    assert cli.main(words) == 4
    assert (own_folder / "page.html").read_text() == "mine"
