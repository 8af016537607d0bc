"""The browser for the pages of explanations."""

import pytest


@pytest.fixture
def show(show):
    """Return a function that opens a page's text in the browser, and waits until its numbers are drawn."""
    from selenium.webdriver.support.ui import WebDriverWait

    def open_page(text):
        driver = show(text)
        WebDriverWait(driver, 10).until(lambda driver: driver.find_elements("css selector", "html[data-drawn]"))
        return driver

    return open_page
