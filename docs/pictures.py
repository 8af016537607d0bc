"""Make the pictures of the explainer's page: ``python -P docs/pictures.py``; needs nnfs, selenium, pillow and Chromium.

Those of docs/one-kernel show the network that their page of the docs builds, with one number chosen; that of README
shows the run that README trains.
"""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver

from nnfs.explain.page import page_of

HERE = Path(__file__).resolve().parent / "one-kernel"
WIDTH = 860
NUMBERS = {
    "1-sum": {"source": "0", "what": "values", "flat": 0},
    "2-derivative": {"source": "x", "what": "gradient", "flat": 0},
    "3-kernel": {"source": "0", "what": "values", "flat": 5},
    "4-padding": {"source": "0", "what": "values", "flat": 0},
    "5-pooling": {"source": "x", "what": "gradient", "flat": 5},
    "6-many-kernels": {"source": "0", "what": "values", "flat": 5},
    "7-many-layers": {"source": "x", "what": "gradient", "flat": 7},
    "8-step": {"source": "0", "what": "values", "flat": 0},
}
"""The number that each picture shows, as the script of the explainer's page names it: layer, array, place."""


def page_text(name: str) -> str:
    """Run the Python of a page of the docs, and return the explainer's page of its first explanation."""
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    names: dict = {}
    for code in re.findall(r"(?<!-->\n)^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        exec(compile(code, name, "exec"), names)
        if "explanation" in names:
            return page_of(names["explanation"], names["net"], name)
    raise ValueError(f"{name}.md makes no explanation")


def chromium() -> webdriver.Chrome:
    """Return a headless Chromium that draws with one and a half points for each pixel."""
    options = webdriver.ChromeOptions()
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--force-device-scale-factor=1.5",
        f"--window-size={WIDTH},1600",
    ):
        options.add_argument(word)
    options.binary_location = shutil.which("chromium")
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def draw_readme() -> None:
    """Train README's run, and make README's picture of its page: output [1, 3, 4] of the convolution."""
    text = (HERE.parent.parent / "README.md").read_text(encoding="utf-8")
    driver = chromium()
    size = {"width": 1180, "height": 708, "deviceScaleFactor": 1.5, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    with tempfile.TemporaryDirectory() as folder:
        for verb in ("train digits", "explain runs/first"):
            [command] = re.findall(rf"^nnfs {verb} .*$", text, re.MULTILINE)
            subprocess.run(shlex.split(command), cwd=folder, check=True)
        driver.get(Path(folder, "page.html").as_uri())
        while not driver.execute_script("return document.documentElement.dataset.drawn"):
            time.sleep(0.05)
        driver.execute_script(
            "showAt(arguments[0])", {"source": "0", "what": "values", "sample": 0, "flat": 64 + 3 * 8 + 4}
        )
        driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        time.sleep(0.3)
        shot = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    driver.quit()
    target = HERE.parent / "pictures" / "explain.png"
    # The palette keeps pale blues and oranges apart from the grey of texts.
    shot.quantize(96, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE).save(target, optimize=True)
    print(target, target.stat().st_size)


def draw(driver: webdriver.Chrome, page: Path, number: dict) -> Image.Image:
    """Return the picture of a page on which a number is chosen, without its header and footer."""
    driver.get(page.as_uri())
    while not driver.execute_script("return document.documentElement.dataset.drawn"):
        time.sleep(0.05)
    driver.execute_script(
        "for (const part of document.querySelectorAll('header, #switches, footer')) part.hidden = true"
    )
    driver.execute_script("showAt(arguments[0]); document.activeElement.blur();", {"sample": 0, **number})
    time.sleep(0.3)
    shot = Image.open(io.BytesIO(driver.find_element("css selector", ".page").screenshot_as_png))
    return shot.convert("RGB").quantize(40, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def main() -> None:
    """Make all pictures."""
    driver = chromium()
    with tempfile.TemporaryDirectory() as folder:
        for name, number in NUMBERS.items():
            page = Path(folder) / f"{name}.html"
            page.write_text(page_text(name), encoding="utf-8")
            target = HERE / "pictures" / f"{name}.png"
            draw(driver, page, number).save(target, optimize=True)
            print(target, target.stat().st_size)
    driver.quit()
    draw_readme()


if __name__ == "__main__":
    main()
