import Testing
import Wire

@Suite struct TypedTextTests {
  @Test(arguments: [
    ("a@x.org", true), ("@x.org", false), ("a@", false), ("a", false), ("a@b@c", false), ("a b@x.org", false),
    ("é@x.org", true), ("a@x.org\r\n", false), (String(repeating: "a", count: 248) + "@x.org", true),
    (String(repeating: "a", count: 249) + "@x.org", false),
  ])
  func `a mail address has one at sign inside`(text: String, expected: Bool) {
    #expect(isMailAddress(text) == expected)
  }

  @Test(arguments: [
    ("", ""), (" \t\r\n", ""), ("a", "a"), (" a b ", "a b"), ("\u{A0}a\u{3000}", "a"), ("\u{200B}a", "\u{200B}a"),
    (" \u{301}", "\u{301}"),
  ])
  func `white space goes at both ends, and nothing else`(text: String, expected: String) {
    #expect(text.trimmed == expected)
  }
}
