import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.design.gallery import NARROW, PAGES, STATIC, opened
from tests.ground.browser import axe, fits

PHONE = {"viewport": {"width": NARROW, "height": 740}}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, name: str) -> None:
    with opened(browser, name) as page:
        axe(page)
        fits(page, 320, 360, 768, 1024, 1440)


@pytest.mark.parametrize("name", ["components", "home", "case"])
def test_a_phone_page_passes_axe_too(browser: Browser, name: str) -> None:
    with opened(browser, name, **PHONE) as page:
        axe(page)


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("error-")])
def test_the_page_holds_with_wide_spacing_and_large_text(browser: Browser, name: str) -> None:
    """1.4.12 and 1.4.4: text spacing as WCAG sets it, then text at twice its size, on a window of 640 px."""
    with opened(browser, name, viewport={"width": 640, "height": 800}, bypass_csp=True) as page:
        page.add_style_tag(
            content="*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-block-end:2em!important}"
        )
        fits(page, 640)
        page.add_style_tag(
            content="*{letter-spacing:normal!important;word-spacing:normal!important}html{font-size:200%!important}"
        )
        fits(page, 640)


@pytest.mark.parametrize("name", ["components", "home", "lesson", "case", "quiz", "queue"])
def test_without_script_nothing_is_lost(browser: Browser, name: str) -> None:
    with opened(browser, name, java_script_enabled=False, **PHONE) as page:
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.locator(".menu-button").click()
        expect(page.locator("#site-nav")).to_be_visible()
        expect(page.locator("#site-nav a").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#site-nav")).to_be_hidden()
        page.locator(".person-menu summary").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_first_tab_stop_skips_to_the_main_content(browser: Browser) -> None:
    with opened(browser, "home") as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Continue: Gifts and hospitality")).to_be_focused()


STOPS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const row = one.closest(".choice-row"), ring = row ? getComputedStyle(row) : style;
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 12)];
  const over = document.elementFromPoint(x, y);
  return {
    what: one.outerHTML.slice(0, 90), ring: ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2,
    seen: !over || one.contains(over) || over.contains(one), tall: box.height,
  };
}"""


@pytest.mark.parametrize("name", ["components", "home", "lesson", "queue", "sign-in"])
def test_every_tab_stop_is_ringed_and_uncovered(browser: Browser, name: str) -> None:
    with opened(browser, name) as page:
        page.evaluate("document.activeElement.blur()")
        stops = []
        for _ in range(140):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOPS)
            if stop is None:
                break
            if not stops or stops[-1]["what"] != stop["what"]:  # the parts of a date field are one stop
                stops.append(stop)
        else:
            pytest.fail("Tab never came to the end of the page.")
        assert len(stops) > 5
        assert [stop["what"] for stop in stops if not stop["ring"]] == []
        assert [stop["what"] for stop in stops if not stop["seen"]] == []


TOUCHED = ".button, .task[href], .choice-row, .option label, .menu summary, .menu-button, .drawer-close, .pagination-link, .file-link, .site-brand, .units a, .site-nav a, main input:not([type=checkbox], [type=radio], [type=hidden]), main select, main textarea"


@pytest.mark.parametrize("name", ["components", "home", "lesson", "quiz", "sign-in"])
def test_what_a_finger_aims_at_is_forty_four_pixels_tall(browser: Browser, name: str) -> None:
    with opened(browser, name, **PHONE) as page:
        small = page.evaluate(
            "(aims) => [...document.querySelectorAll(aims)].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 90))",
            TOUCHED,
        )
        assert small == []


def test_lines_of_prose_stay_readable(browser: Browser) -> None:
    with opened(browser, "lesson") as page:
        letters = page.evaluate("""() => {
          const line = document.querySelector(".prose p"), probe = document.createElement("canvas").getContext("2d");
          probe.font = getComputedStyle(line).font;
          return line.getBoundingClientRect().width / probe.measureText("0").width;
        }""")
        assert 45 <= letters <= 68.5


def test_figures_in_columns_have_one_width(browser: Browser) -> None:
    with opened(browser, "queue") as page:
        assert (
            page.locator("td.numeric").first.evaluate("(cell) => getComputedStyle(cell).fontVariantNumeric")
            == "tabular-nums"
        )


def test_inter_is_the_face_of_the_page(browser: Browser) -> None:
    with opened(browser, "home") as page:
        page.evaluate("document.fonts.ready")
        assert page.evaluate('document.fonts.check("600 16px Inter Variable")')
        loaded = page.evaluate(
            "[...document.fonts].filter((font) => font.status === 'loaded').map((font) => font.family)"
        )
        assert "Inter Variable" in str(loaded)


def test_the_chosen_theme_holds_against_the_system(browser: Browser) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, "home", theme="dark", color_scheme="light") as page:
        assert page.evaluate(background) == "rgb(18, 20, 23)"
    with opened(browser, "home", theme="light", color_scheme="dark") as page:
        assert page.evaluate(background) == "rgb(250, 250, 248)"
    with opened(browser, "home", color_scheme="dark") as page:
        assert page.evaluate(background) == "rgb(18, 20, 23)"


def test_a_vendor_changes_the_look_with_two_colours(browser: Browser) -> None:
    with opened(browser, "home", color_scheme="light", bypass_csp=True) as page:
        page.add_style_tag(content="@layer tokens{:root{--brand-light:#7a1f5c;--brand-dark:#e79ac9}}")
        assert (
            page.locator("main .button").evaluate("(button) => getComputedStyle(button).backgroundColor")
            == "rgb(122, 31, 92)"
        )


def test_a_right_to_left_page_is_mirrored(browser: Browser) -> None:
    with opened(browser, "arabic") as page:
        brand, person = page.locator(".site-brand").bounding_box(), page.locator(".person-menu").bounding_box()
        assert brand is not None
        assert person is not None
        assert brand["x"] > person["x"]
        assert (
            page.locator(".task .icon-chevron-right").first.evaluate("(icon) => getComputedStyle(icon).scale") == "-1 1"
        )


def test_paper_shows_the_text_and_leaves_the_buttons(browser: Browser) -> None:
    with opened(browser, "lesson") as page:
        page.emulate_media(media="print", color_scheme="dark")
        for gone in (".site-nav", ".person-menu", ".reading-aside", ".onward"):
            expect(page.locator(gone)).to_be_hidden()
        expect(page.locator(".prose")).to_be_visible()
        address = page.locator(".prose a").first.evaluate("(link) => getComputedStyle(link, '::after').content")
        assert "https://example.org/code#gifts" in address
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 29, 34)"


def test_forced_colours_keep_the_state_visible(browser: Browser) -> None:
    with opened(browser, "quiz", forced_colors="active") as page:
        outline = "(row) => getComputedStyle(row).outlineStyle"
        assert page.locator(".choice-row:has(:checked)").evaluate(outline) == "solid"
        assert page.locator(".choice-row:not(:has(:checked))").first.evaluate(outline) == "none"


def test_without_a_wish_for_less_motion_colours_fade_and_with_it_nothing_moves(browser: Browser) -> None:
    fade = "(button) => getComputedStyle(button).transitionDuration"
    with opened(browser, "home", reduced_motion="no-preference") as page:
        assert page.locator("main .button").evaluate(fade) != "0s"
    with opened(browser, "home") as page:
        assert page.locator("main .button").evaluate(fade) == "0s"


def test_errors_take_the_focus_and_lead_to_the_field(browser: Browser) -> None:
    with opened(browser, "components") as page:
        expect(page.locator("[data-error-summary]")).to_be_focused()
        page.get_by_role("link", name="Choose how serious it is").click()
        expect(page.get_by_role("radio", name="Minor")).to_be_focused()


def answering(
    page: Page, *, status: int = 200, body: str = '{"saved_at": "10:43"}', kind: str = "application/json"
) -> list[str]:
    """From now on the server gives this answer to /answers; what it was sent is listed."""
    sent: list[str] = []

    def give(route: Route) -> None:
        sent.append(route.request.post_data or "")
        assert route.request.headers["accept"] == "application/json"
        route.fulfill(status=status, body=body, content_type=kind)

    page.unroute("**/answers")
    page.route("**/answers", give)
    return sent


def test_an_answer_is_saved_as_soon_as_it_is_chosen(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        sent = answering(page)
        page.get_by_text("Ask the officer").click()
        expect(page.get_by_role("status")).to_have_text("Saved 10:43")
        assert len(sent) == 1
        assert re.search(r'name="hospitality"\s+a\s', sent[0])
        assert 'name="csrf_token"' in sent[0]
        assert "idempotency_key" not in sent[0]


def test_an_answer_that_cannot_be_saved_stays_and_is_tried_again(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        page.clock.install()
        page.route("**/answers", lambda route: route.abort())
        page.get_by_text("Ask the officer").click()
        expect(page.get_by_role("status")).to_have_text(
            "Not saved: no connection. Your answer is kept on this device and we keep trying."
        )
        expect(page.get_by_role("radio", name="Ask the officer")).to_be_checked()
        answering(page)
        page.clock.run_for(5_100)
        expect(page.get_by_role("status")).to_have_text("Saved 10:43")


def test_somebody_signed_out_is_told_how_to_keep_the_answer(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        page.route("**/answers", lambda route: route.fulfill(status=303, headers={"Location": "/sign-in"}))
        page.get_by_text("Ask the officer").click()
        expect(page.get_by_role("status")).to_contain_text("kept on this device: sign in again and it is sent")


def test_a_refused_answer_says_why(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        answering(page, status=409, body='{"detail": "This attempt is finished."}')
        page.get_by_text("Ask the officer").click()
        expect(page.get_by_role("status")).to_have_text("Not saved: This attempt is finished.")


def test_the_last_of_several_quick_answers_wins(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        sent = answering(page)
        page.get_by_text("Ask the officer").click()
        page.get_by_text("Nothing: entertaining").click()
        expect(page.get_by_role("status")).to_have_text("Saved 10:43")
        assert re.search(r'name="hospitality"\s+c\s', sent[-1])


def test_a_second_press_sends_nothing(browser: Browser) -> None:
    with opened(browser, "quiz") as page:
        posts: list[str] = []
        page.route("**/answers", lambda route: (posts.append(route.request.method), route.fulfill(status=204)))
        page.evaluate("""() => {
          const button = document.querySelector("main button[type=submit]");
          button.click();
          button.click();
        }""")
        expect(page.get_by_role("button", name="Next question")).to_have_attribute("aria-disabled", "true")
        page.wait_for_timeout(300)
        assert posts == ["POST"]


def test_the_theme_changes_at_once_and_is_stored(browser: Browser) -> None:
    with opened(browser, "home", color_scheme="light") as page:
        stored: list[str] = []

        def give(route: Route) -> None:
            stored.append(route.request.post_data or "")
            route.fulfill(status=303, headers={"Location": "/home"})

        page.route("**/accounts/choose_theme", give)
        page.locator(".person-menu summary").click()
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "false")
        assert re.search(r'name="theme"\s+dark\s', stored[0])


def test_escape_closes_the_menu_and_gives_the_focus_back(browser: Browser) -> None:
    with opened(browser, "home") as page:
        page.locator(".person-menu summary").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        axe(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        expect(page.locator(".person-menu summary")).to_be_focused()
        page.locator(".person-menu summary").click()
        page.get_by_role("heading", level=1).click()
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 360, 700, 1440])
def test_the_menu_opens_inside_the_window(browser: Browser, width: int) -> None:
    with opened(browser, "home", viewport={"width": width, "height": 740}) as page:
        page.locator(".person-menu summary").click()
        box = page.locator(".menu-panel").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_the_drawers_of_a_phone_open_close_and_pass_axe(browser: Browser) -> None:
    with opened(browser, "lesson", **PHONE) as page:
        for opener, drawer in (("Menu", "#site-nav"), ("All units", "#units")):
            page.get_by_role("button", name=opener).click()
            expect(page.locator(drawer)).to_be_visible()
            axe(page)
            page.locator(f"{drawer} .drawer-close").click()
            expect(page.locator(drawer)).to_be_hidden()


def test_one_box_selects_all_rows_and_follows_them(browser: Browser) -> None:
    with opened(browser, "components") as page:
        every, rows = page.get_by_label("Select all rows on this page"), page.locator("td.select input")
        every.check()
        assert all(row.is_checked() for row in rows.all())
        rows.first.uncheck()
        assert every.evaluate("(box) => box.indeterminate && !box.checked")
        rows.first.check()
        expect(every).to_be_checked()


def test_a_password_can_be_read_and_is_hidden_again_before_it_is_sent(browser: Browser) -> None:
    with opened(browser, "sign-in") as page:
        field = page.get_by_label("Password", exact=True)
        page.get_by_role("button", name="Show password").click()
        expect(field).to_have_attribute("type", "text")
        page.evaluate(
            "document.querySelector('main form').addEventListener('submit', (event) => event.preventDefault())"
        )
        page.get_by_role("button", name="Sign in").click()
        expect(field).to_have_attribute("type", "password")


def test_changed_work_is_not_left_without_a_question(browser: Browser) -> None:
    with opened(browser, "components") as page:
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.get_by_label("What happened").fill("Half a sentence")
        page.get_by_role("link", name="Home").first.click()
        page.wait_for_timeout(200)
        assert asked == ["beforeunload"]


def test_the_script_is_named_in_the_page_and_has_no_inline_company(browser: Browser) -> None:
    with opened(browser, "home") as page:
        sources = page.evaluate("[...document.scripts].map((script) => script.getAttribute('src'))")
        assert sources == ["/static/js/app.js"]
        assert (STATIC / "js" / "app.js").is_file()
