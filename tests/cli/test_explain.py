"""The verb ``explain``: it writes one page."""

from __future__ import annotations

import json

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


def test_a_page_that_cannot_be_written_is_an_error_in_one_line(pets, capsys):
    assert cli.main(["explain", "runs/pets", "--output", "nowhere/page.html"]) == 4
    assert capsys.readouterr().err.count("\n") == 1


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


def test_a_batch_of_none_is_an_error(pets, capsys):
    assert cli.main(["explain", "runs/pets", "--batch", "0"]) == 2
    assert "--batch must be" in capsys.readouterr().err


def test_another_file_is_not_replaced_and_an_older_page_is(own_folder, capsys):
    words = ["explain", "moons MLP", "--output", "page.html"]
    assert cli.main(words) == cli.main(words) == 0
    assert "bytes, in place of an older page; open it in a browser" in capsys.readouterr().err
    (own_folder / "page.html").write_text("mine")
    assert cli.main(words) == 4
    assert (own_folder / "page.html").read_text() == "mine"
