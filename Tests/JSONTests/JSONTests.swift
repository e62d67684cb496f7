import JSON
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

  private func write(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.value(value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    "null", "true", "[]", "{}", "[1,2.5,-0,1e3]", #"{"a":{"b":[{}]},"c":"d"}"#, #""\"\\\n\t\u0000é😀""#,
    " [ 1 , { \"a\" : 2 } ] ",
  ])
  func `what is written reads back to the same value`(text: String) throws {
    let value = try parse(text)
    #expect(try parse(write(value)) == value)
    #expect(try RawJSON(validating: Array(text.utf8)).value() == value)
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1,]", "{\"a\":1,}", "{,}", "[,1]", "[1 2]", "{\"a\" 1}", "{a:1}", "'x'", "01", "1.", ".5",
    "+1", "1e", "-",
    "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "1 1", "[]]", "nan",
    "Infinity",
  ])
  func `what is not JSON is refused`(text: String) {
    #expect(throws: JSONFault.self) { try parse(text) }
    #expect(throws: JSONFault.self) { try RawJSON(validating: Array(text.utf8)) }
  }

  @Test(arguments: [
    ("0", 0), ("7", 7), ("-0", 0), ("-12", -12), ("999999999999999999", 999_999_999_999_999_999),
    ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("1e3", 1000), ("2.0", 2), (" 5 ", 5),
  ])
  func `a whole number is read however it is written`(text: String, value: Int) throws {
    var scanner = JSONScanner(Array(text.utf8))
    #expect(try scanner.int() == value)
    try scanner.finish()
    var writer = JSONWriter()
    writer.int(value)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == String(value))
  }

  @Test(arguments: ["01", "1.5", "9223372036854775808", "1e30", "\"1\"", "", "-", "1.", "0x1"])
  func `what is no whole number is refused`(text: String) {
    #expect(throws: JSONFault.self) {
      var scanner = JSONScanner(Array(text.utf8))
      _ = try scanner.int()
      try scanner.finish()
    }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: JSONFault.self) { try RawJSON(validating: [0x22, 0xFF, 0xFE, 0x22]) }
    #expect(throws: JSONFault.self) { try JSONValue(parsing: [0xFF, 0xFE]) }
  }

  @Test func `nesting has a bottom`() {
    let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
    #expect(throws: Never.self) { try parse(deep(64)) }
    #expect(throws: JSONFault.self) { try parse(deep(65)) }
    #expect(throws: JSONFault.self) { try RawJSON(validating: Array(deep(100_000).utf8)) }
  }

  @Test func `line breaks between tokens become blanks`() throws {
    let raw = try RawJSON(validating: Array("{\r\n \"a\":\n1}".utf8))
    #expect(!raw.bytes.contains(0x0A) && !raw.bytes.contains(0x0D))
    #expect(try raw.value().object?["a"]?.number?.int == 1)
  }

  @Test func `a name that comes twice counts with its last value`() throws {
    #expect(try parse(#"{"a":1,"a":2}"#).object?["a"]?.number?.int == 2)
  }

  @Test(arguments: [("5", 5), ("5.0", 5), ("5e0", 5), ("-7", -7), ("9007199254740991", 9_007_199_254_740_991)])
  func `whole numbers keep every digit`(text: String, expected: Int) throws {
    #expect(try parse(text).number?.int == expected)
  }

  @Test(arguments: ["2.5", "1e400", "1e19"])
  func `fractions and giants are no whole numbers`(text: String) throws {
    #expect(try parse(text).number?.int == nil)
  }

  @Test(arguments: [0, 7, 10, 99, 100, 1_234_567_890, -1, -10, .max, .min])
  func `a whole number is written as it is read`(value: Int) {
    var writer = JSONWriter()
    writer.int(value)
    #expect(writer.bytes == Array(String(value).utf8))
  }

  @Test(arguments: [
    (0 as Int64, "0"), (1, "0.000001"), (1_500_000, "1.5"), (2_000_000, "2"), (120_034_000, "120.034"),
    (-250_000, "-0.25"), (.min, "-9223372036854.775808"),
  ])
  func `a span has as much of a fraction as it needs`(microseconds: Int64, text: String) {
    var writer = JSONWriter()
    writer.seconds(ofMicroseconds: microseconds)
    #expect(writer.bytes == Array(text.utf8))
  }

  @Test(arguments: ["\"", "1234567\"", "12345678\"", "\u{1F}23456789", "1234567\u{1F}", "12345678\\", "é234567é9", ""])
  func `what must be escaped is found wherever it stands`(text: String) throws {
    var writer = JSONWriter()
    writer.string(text)
    #expect(try JSONValue(parsing: writer.bytes).string == text)
  }

  @Test func `a number beyond double has no double`() throws {
    #expect(try parse("1e400").number?.double == nil)
  }

  @Test(arguments: [
    (80.0, "80"), (70.5, "70.5"), (8.166666666666666, "8.166666666666666"), (0.0, "0"), (1e20, "100000000000000000000"),
    (9_007_199_254_740_991.0, "9007199254740991"), (1e21, "1e+21"), (0.00015, "0.00015"), (1e-7, "1e-7"),
    (-2.5e-5, "-2.5e-5"), (1e-10, "1e-10"), (3e-300, "3e-300"), (.infinity, "null"), (.nan, "null"),
  ])
  func `doubles take their shortest form`(value: Double, expected: String) {
    var writer = JSONWriter()
    writer.double(value)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }
}
