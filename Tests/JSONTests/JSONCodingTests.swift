import JSON
import Testing

@Suite struct JSONCodingTests {
  private struct Sample: Codable, Equatable {
    enum Kind: String, Codable { case plain, odd }
    enum Choice: Codable, Equatable { case none, some(of: Int) }
    var id = 7
    var text = "a/b \"c\" \u{1}é\n"
    var missing: Int?
    var list: [Double] = [1, 0.5, -3e-7, 1e20]
    var nested: [String: [Kind?]] = ["z": [.odd, nil], "a": []]
    var choice = Choice.some(of: 3)
    var large = UInt64.max
    var small = Int8.min
    var flag = true
  }

  private class Base: Codable { var a = 1 }

  private final class Derived: Base {
    var b = 2
    private enum Keys: String, CodingKey { case b }
    override init() { super.init() }
    required init(from decoder: any Decoder) throws {
      let own = try decoder.container(keyedBy: Keys.self)
      b = try own.decode(Int.self, forKey: .b)
      try super.init(from: own.superDecoder())
    }
    override func encode(to encoder: any Encoder) throws {
      var own = encoder.container(keyedBy: Keys.self)
      try own.encode(b, forKey: .b)
      try super.encode(to: own.superEncoder())
    }
  }

  /// Rows of mixed values, taken by hand.
  private struct Row: Codable, Equatable {
    var name: String
    var value: Int?
    init(_ name: String, _ value: Int?) { (self.name, self.value) = (name, value) }
    init(from decoder: any Decoder) throws {
      var parts = try decoder.unkeyedContainer()
      name = try parts.decode(String.self)
      value = try parts.decodeNil() ? nil : parts.decode(Int.self)
      guard parts.isAtEnd else { throw JSONFault(.trailing, at: 0) }
    }
    func encode(to encoder: any Encoder) throws {
      var parts = encoder.unkeyedContainer()
      try parts.encode(name)
      if let value { try parts.encode(value) } else { try parts.encodeNil() }
    }
  }

  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSONCoding.encode(value).bytes, as: UTF8.self)
  }

  private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONCoding.decode(type, from: RawJSON(trusted: Array(text.utf8)))
  }

  @Test func `a value is always the same text, and the text the same value`() throws {
    let expected =
      #"{"choice":{"some":{"of":3}},"flag":true,"id":7,"large":18446744073709551615,"#
      + #""list":[1,0.5,-3e-7,100000000000000000000],"nested":{"a":[],"z":["odd",null]},"small":-128,"#
      + #""text":"a/b \"c\" \u0001é\n"}"#
    #expect(try text(Sample()) == expected)
    #expect(try decode(Sample.self, expected) == Sample())
  }

  @Test func `what holds nothing is an empty object or array`() throws {
    struct Nothing: Codable {}
    #expect(try text(Nothing()) == "{}")
    #expect(try text([Int]()) == "[]")
    #expect(try text(Int?.none) == "null")
    #expect(try text([[String: Int]()]) == "[{}]")
    #expect(throws: Never.self) { try decode(Nothing.self, #"{"more":1}"#) }
  }

  @Test func `arrays of mixed values and parents of classes keep their places`() throws {
    let rows = [Row("a", 1), Row("b", nil)]
    #expect(try text(rows) == #"[["a",1],["b",null]]"#)
    #expect(try decode([Row].self, #"[["a",1],["b",null]]"#) == rows)
    #expect(try text(Derived()) == #"{"b":2,"super":{"a":1}}"#)
    let derived = try decode(Derived.self, #"{"b":5,"super":{"a":4}}"#)
    #expect((derived.a, derived.b) == (4, 5))
  }

  @Test func `whole numbers may be written with a fraction of nothing, and must fit`() throws {
    #expect(try decode([Int].self, "[5.0,5e0,-0]") == [5, 5, 0])
    #expect(try decode([UInt8].self, "[255]") == [255])
    #expect(try decode(Double.self, "3") == 3)
    for text in ["256", "-1", "1.5", "1e400", "\"1\"", "true"] {
      #expect(throws: DecodingError.self) { try decode(UInt8.self, text) }
    }
    #expect(throws: DecodingError.self) { try decode(Double.self, "1e400") }
    #expect(throws: EncodingError.self) { try text([Double.infinity]) }
  }

  @Test func `of a name that comes twice the last counts, and null is no value`() throws {
    #expect(try decode([String: Int].self, #"{"a":1,"a":2}"#) == ["a": 2])
    #expect(try decode([String: Int?].self, #"{"a":null}"#) == ["a": nil])
    #expect(throws: DecodingError.self) { try decode([String: Int].self, #"{"a":null}"#) }
  }

  @Test func `an error tells the place`() throws {
    struct Outer: Codable { var rows: [[String: Int]] }
    do {
      _ = try decode(Outer.self, #"{"rows":[{},{"x":"y"}]}"#)
      Issue.record("it was taken")
    } catch DecodingError.typeMismatch(_, let context) {
      #expect(context.codingPath.map(\.stringValue) == ["rows", "1", "x"])
    }
    #expect(throws: DecodingError.self) { try decode(Outer.self, "{}") }
    #expect(throws: DecodingError.self) { try decode(Outer.self, "[]") }
    #expect(throws: DecodingError.self) { try decode(Row.self, "[]") }
    #expect(throws: JSONFault.self) { try decode(Outer.self, #"{"rows":["#) }
    #expect(throws: JSONFault.self) { try decode(Outer.self, #"{"rows":[]} x"#) }
  }
}
