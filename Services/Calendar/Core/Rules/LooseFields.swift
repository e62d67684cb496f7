import JSON
import Wire

/// Reads a client's object. Numbers may be numbers or texts, since the oldest clients put most values in quotes.
struct LooseFields {
  let object: JSONObject

  init(_ json: RawJSON) throws(Failure) {
    guard let object = (try? json.value())?.object else { throw .invalid("body") }
    self.object = object
  }

  init(_ object: JSONObject) { self.object = object }

  func has(_ name: String) -> Bool { !(object[name] ?? .null).isNull }

  /// A text without white space at its ends; nil when absent or empty.
  func text(_ name: String, atMost limit: Int) throws(Failure) -> String? {
    guard has(name) else { return nil }
    guard let text = object[name]?.string?.trimmed, text.unicodeScalars.count <= limit, !text.utf8.contains(0) else {
      throw .invalid(name)
    }
    return text.isEmpty ? nil : text
  }

  func requiredText(_ name: String, atMost limit: Int) throws(Failure) -> String {
    guard let text = try text(name, atMost: limit) else { throw .missing(name) }
    return text
  }

  func number(_ name: String) throws(Failure) -> Double? {
    guard let value = object[name], !value.isNull, value.string != "" else { return nil }
    if let number = value.number { return try finite(number.double, name) }
    guard let text = value.string?.trimmed, LooseFields.isDecimal(text) else { throw .invalid(name) }
    return try finite(Double(text), name)
  }

  func whole(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    guard let number = try number(name) else { return nil }
    guard number.rounded(.towardZero) == number, abs(number) < 1e15, range.contains(Int(number)) else {
      throw .invalid(name)
    }
    return Int(number)
  }

  /// True only for `true`, `1` and their texts.
  func flag(_ name: String) -> Bool {
    switch object[name] {
    case .bool(let flag): flag
    case .number(let number): number.int == 1
    case .string(let text): ["true", "1"].contains(text.lowercased())
    default: false
    }
  }

  private func finite(_ number: Double?, _ name: String) throws(Failure) -> Double {
    guard let number else { throw .invalid(name) }
    return number
  }

  /// Without `nan`, `0x1p3` and what else `Double` would read.
  private static func isDecimal(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 32
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
  }
}
