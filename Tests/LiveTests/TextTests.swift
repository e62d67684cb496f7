import JSON
import Settings
import Testing
import Time

@testable import LiveCore

@Suite struct TextTests {
  @Test(arguments: [
    ("Ann", "Ann"), ("  Ann\t\n", "Ann"), ("a\u{0}b\u{1F}c\u{7F}\u{85}", "abc"), ("e\u{301}", "\u{E9}"),
    ("\u{202E}evil\u{2066}\u{200F}", "evil"), ("\u{FEFF}x", "x"), ("a b", "a b"), ("\u{2028}", ""),
    ("👩\u{200D}🔬", "👩\u{200D}🔬"), ("\u{3000}東京\u{A0}", "東京"), ("", ""), ("\u{200E} \u{200E}", ""),
  ])
  func `text is composed, trimmed and free of controls`(text: String, cleaned: String) {
    #expect(Array(PlainText.cleaned(text).unicodeScalars) == Array(cleaned.unicodeScalars))
  }

  @Test(arguments: [
    (String(repeating: "n", count: 15), true), (String(repeating: "n", count: 16), false),
    (String(repeating: "😀", count: 7), true), (String(repeating: "😀", count: 8), false),
    (" " + String(repeating: "e\u{301}", count: 15), true), ("\u{200B}", false), ("\u{3164} \u{2060}", false),
    ("❤\u{FE0F}", true),
  ])
  func `a name has at most fifteen units, and some to see`(name: String, fits: Bool) {
    let taken = try? Forms.name(.string(name))
    #expect((taken != nil) == fits)
  }

  @Test(arguments: [
    ("fire green wrapper", "fire green"), ("x y", nil), ("green fire", "green fire"), ("small big", "small"),
    ("  dotted\tfancy ", "dotted fancy"), ("", nil), ("medium highlight", "highlight"), ("Fire", nil),
    ("green green", "green"),
  ])
  func `a style keeps one known word of each group`(style: String, kept: String?) {
    #expect(ToastStyle.allowed(style) == kept)
  }

  @Test func `lists hold look-alikes where pages need them`() {
    #expect(ListedText(isHTMLSafe: true).listed(#"<b>&"é"#) == "\u{2039}b\u{203A}\u{FF06}\u{FF02}é")
    #expect(ListedText(isHTMLSafe: false).listed("<b>") == "<b>")
  }

  @Test func `hours are those of UTC, before 1970 too`() {
    #expect(Timestamp(seconds: 7200.5).hourStart == Timestamp(seconds: 7200))
    #expect(Timestamp(seconds: -1).hourStart == Timestamp(seconds: -3600))
    #expect(Timestamp(seconds: 7199).nextHour == Timestamp(seconds: 7200))
  }

  @Test(arguments: [
    ("CARILLON_DAY_TIMEZONE", "Berlin; DROP"), ("CARILLON_DAY_TIMEZONE", "+01:00"), ("CARILLON_LIVE_CLICK_RATE", "0"),
    ("CARILLON_LIVE_TOAST_GRACE", "2h"), ("CARILLON_LIVE_RETENTION", "1h"), ("CARILLON_LEGACY_HTML_SAFE", "maybe"),
  ])
  func `a setting that makes no sense is told`(name: String, value: String) {
    var reader = EnvironmentReader([name: value])
    _ = LiveConfiguration(&reader)
    #expect(reader.problems.count == 1)
    #expect(reader.problems.first?.hasPrefix(name) == true)
  }

  @Test func `rate limits go off together`() {
    var reader = EnvironmentReader(["CARILLON_RATE_LIMITS": "off", "CARILLON_DAY_TIMEZONE": "Europe/Berlin"])
    let configuration = LiveConfiguration(&reader)
    #expect(reader.problems == [])
    #expect(configuration.rules.clicks == nil && configuration.rules.toasts == nil)
    #expect(configuration.dayZone == "Europe/Berlin")
  }
}
