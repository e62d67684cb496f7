import Testing

@testable import Outgoing

@Suite struct MailTextTests {
  func text(subject: String = "Hello", body: String = "Hi", name: String? = nil) throws -> String {
    let mail = Mail(
      from: MailAddress("no-reply@carillon.example", name: name)!,
      to: MailAddress("ann@x.org")!,
      subject: subject,
      text: body,
      messageID: "m1@carillon.example",
      date: 1_700_000_000
    )
    return String(decoding: try #require(MailText(mail)).bytes, as: UTF8.self)
  }

  @Test func `a plain mail stays readable`() throws {
    #expect(
      try text(body: "Your code is K7WQ.\nBye") == """
        Date: Tue, 14 Nov 2023 22:13:20 +0000\r
        From: no-reply@carillon.example\r
        To: ann@x.org\r
        Subject: Hello\r
        Message-ID: <m1@carillon.example>\r
        MIME-Version: 1.0\r
        Auto-Submitted: auto-generated\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        Your code is K7WQ.\r
        Bye\r\n
        """
    )
  }

  @Test(arguments: [
    ("Caf\u{e9}", "=?utf-8?Q?Caf=C3=A9?="), ("a =?utf-8?Q?b?=", "=?utf-8?Q?a_=3D=3Futf-8=3FQ=3Fb=3F=3D?="),
    ("Hi\r\nBcc: all@x.org", "Hi  Bcc: all@x.org"), ("\u{85}\0x", "  x"), ("", ""),
  ])
  func `a subject is one header, whatever it holds`(subject: String, header: String) {
    #expect(MailWords.encode(subject) == header)
  }

  @Test func `an event stands beside the words, and neither breaks out of its part`() throws {
    var mail = Mail(
      from: try #require(MailAddress("a@x.org")),
      to: try #require(MailAddress("b@x.org")),
      subject: "Lunch",
      text: "--=_part--\nCome!",
      messageID: "1@x.org",
      date: 0
    )
    mail.calendar = Mail.Calendar(method: "RE\r\nX-Bad: QUEST", text: "BEGIN:VCALENDAR\r\nSUMMARY:=_part\r\n")
    let lines = String(decoding: try #require(MailText(mail)).bytes, as: UTF8.self)
      .replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.contains(#"Content-Type: multipart/alternative; boundary="=_part""#))
    #expect(lines.contains("Content-Type: text/plain; charset=utf-8"))
    #expect(lines.contains("Content-Type: text/calendar; charset=utf-8; method=REXBadQUEST"))
    #expect(lines.filter { $0.hasPrefix("--=_part") } == ["--=_part", "--=_part", "--=_part--"])
    #expect(lines.contains("--=3D_part--") && lines.contains("SUMMARY:=3D_part"))
  }

  @Test func `a long subject is folded between characters`() {
    let words = MailWords.encode(String(repeating: "\u{1f514}", count: 40)).replacing("\r\n ", with: "\n").split(
      separator: "\n"
    )
    #expect(words.count > 1)
    for word in words {
      #expect(word.utf8.count <= 75 && word.hasPrefix("=?utf-8?Q?=F0=9F=94=94") && word.hasSuffix("=94?="))
    }
  }

  @Test func `a name is quoted or encoded, and cannot bring an address`() {
    #expect(MailWords.encodePhrase(#"Ann "A" <x@y.z>, \B"#) == #""Ann \"A\" <x@y.z>, \\B""#)
    #expect(MailWords.encodePhrase("Zo\u{eb}") == "=?utf-8?Q?Zo=C3=AB?=")
    #expect(try! text(name: "Carillon").contains("From: \"Carillon\" <no-reply@carillon.example>\r\n"))
  }

  @Test(arguments: [
    ("", ""), ("a", "a\r\n"), ("a\n", "a\r\n"), ("a\r\nb\rc\n\nd", "a\r\nb\r\nc\r\n\r\nd\r\n"), ("1=2", "1=3D2\r\n"),
    ("end \nx\t", "end=20\r\nx=09\r\n"), ("\u{e9}\0", "=C3=A9=00\r\n"), (".", ".\r\n"),
  ])
  func `text is encoded line by line`(text: String, encoded: String) {
    #expect(String(decoding: QuotedPrintable.encode(Array(text.utf8)), as: UTF8.self) == encoded)
  }

  @Test func `no line is longer than 76, and soft breaks join to the same text`() {
    let text = String(repeating: "x", count: 75) + "\u{e9}" + String(repeating: "ab c", count: 100)
    let encoded = String(decoding: QuotedPrintable.encode(Array(text.utf8)), as: UTF8.self)
    let lines = encoded.replacing("\r\n", with: "\n").split(separator: "\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 76 })
    let joined = lines.map { $0.hasSuffix("=") ? String($0.dropLast()) : String($0) }.joined()
    #expect(joined.replacing("=C3=A9", with: "\u{e9}") == text)
  }

  @Test(arguments: [
    "", "ann", "@x", "ann@", "a@b@c", "ann@x.org\r\nRCPT TO:<b@x>", "an n@x.org", "<ann@x.org>", "\"a b\"@x.org",
    "a,b@x.org", "\u{e9}@x.org", "a@x.org\0", String(repeating: "a", count: 250) + "@x.org",
  ])
  func `what is no plain address is none`(address: String) {
    #expect(MailAddress(address) == nil)
  }

  @Test func `a setting may carry a name`() {
    #expect(MailAddress(parsing: "a@x.org") == MailAddress("a@x.org"))
    #expect(MailAddress(parsing: "The Bells  <a@x.org>") == MailAddress("a@x.org", name: "The Bells"))
    #expect(MailAddress(parsing: "<a@x.org>") == MailAddress("a@x.org"))
    #expect(MailAddress(parsing: "A <a@x.org> <b@x.org>") == MailAddress("b@x.org", name: "A <a@x.org>"))
    #expect(MailAddress(parsing: "<") == nil && MailAddress(parsing: "A <>") == nil && MailAddress(parsing: ">") == nil)
  }

  @Test func `a date beyond the calendar is refused, not met with a crash`() {
    #expect(MailText.date(0) == "Thu, 1 Jan 1970 00:00:00 +0000")
    #expect(MailText.date(Int.max) == nil && MailText.date(Int.min) == nil && MailText.date(400_000_000_000) == nil)
  }
}
