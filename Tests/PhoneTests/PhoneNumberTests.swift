import Testing

@testable import Phone

@Suite struct PhoneNumberTests {
  @Test(arguments: [
    ("0033199001234", "us", "0033199001234"),
    ("00 33 1 99 00 12 01", "us", "0033199001201"),
    ("+33199001201", "us", "0033199001201"),
    (" 33199001201", "us", "0033199001201"),
    ("\u{A0}+33\u{A0}199001201", "us", "0033199001201"),
    (" +33199001201", "us", "0033199001201"),
    (" 0033199001201", "us", "0033199001201"),
    ("+33 (0)1 99 00 12 01", "us", "0033199001201"),
    ("(0)1 99 00 12 01", "fr", "0033199001201"),
    ("01.99.00.12.01", "fr", "0033199001201"),
    ("01\u{A0}99-00/12\u{202F}01", "fr", "0033199001201"),
    ("199001201", "fr", "0033199001201"),
    ("(202) 555-0143", "us", "0012025550143"),
    ("0012025550143", "fr", "0012025550143"),
    ("0661234567", "dz", "00213661234567"),
    ("+1 202 555 0143", "fr", "0012025550143"),
    ("020 7946 0958", "gb", "00442079460958"),
  ])
  func `a number has one canonical form`(written: String, country: String, expected: String) {
    #expect(PhoneNumber(written, country: country)?.text == expected)
  }

  @Test(arguments: [
    ("", "us"), (" ", "us"), ("+", "us"), ("001", "us"), ("0033x99001234", "fr"), ("call me", "fr"),
    ("+331990012345678901", "fr"), ("0199001201", "zz"), ("١٢٣٤٥٦٧", "fr"),
    ("33+199001201", "fr"), ("0033199001234\u{0}", "fr"), ("*100#", "fr"),
  ])
  func `what is no number is refused`(written: String, country: String) {
    #expect(PhoneNumber(written, country: country) == nil)
  }

  @Test func `six to seventeen digits are a number`() {
    #expect(PhoneNumber("001234", country: "us")?.text == "001234")
    #expect(PhoneNumber("00123", country: "us") == nil)
    #expect(PhoneNumber("00123456789012345", country: "us")?.text == "00123456789012345")
    #expect(PhoneNumber("001234567890123456", country: "us") == nil)
  }

  @Test func `every country of the table has a code of digits`() {
    for (country, code) in [("us", "1"), ("fr", "33"), ("dz", "213"), ("xk", "383"), ("uz", "998"), ("kz", "7")] {
      #expect(callingCode(of: country) == code)
    }
    #expect(callingCode(of: "") == nil)
  }
}
