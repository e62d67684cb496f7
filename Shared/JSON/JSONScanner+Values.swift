extension JSONScanner {
  /// The next value as a tree.
  public mutating func value() throws(JSONFault) -> JSONValue {
    guard let byte = peek() else { throw fault(.syntax) }
    switch byte {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "t"):
      try skipWord("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try skipWord("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try skipWord("null")
      return .null
    default: return .number(try number())
    }
  }

  /// The next value, which must be a string.
  public mutating func string() throws(JSONFault) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw fault(.type) }
    var plain = true
    let range = try skipString(plain: &plain)
    return plain ? String(decoding: bytes[range], as: UTF8.self) : try text(in: range)
  }

  /// The next value, which must be a number.
  public mutating func number() throws(JSONFault) -> JSONNumber {
    guard let byte = peek(), byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte) else { throw fault(.syntax) }
    let start = offset
    try skipNumber()
    return JSONNumber(literal: String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  /// The next value, which must be a whole number within 64 bits.
  public mutating func int() throws(JSONFault) -> Int {
    if let short = shortInt() { return short }
    guard let int = try number().int else { throw fault(.type) }
    return int
  }

  /// Up to eighteen digits and nothing else, which is what ids and counts are; nil, with nothing read, for anything more.
  private mutating func shortInt() -> Int? {
    guard peek() != nil else { return nil }
    var (value, end) = (0, offset)
    while end < bytes.count, case let digit = bytes[end] &- UInt8(ascii: "0"), digit < 10, end - offset < 19 {
      value = value &* 10 &+ Int(digit)
      end += 1
    }
    let digits = end - offset
    guard digits > 0, digits < 19, digits == 1 || bytes[offset] != UInt8(ascii: "0") else { return nil }
    if end < bytes.count, case let next = bytes[end] | 0x20, next == UInt8(ascii: ".") || next == UInt8(ascii: "e") {
      return nil
    }
    offset = end
    return value
  }

  /// The next value, which must be true or false.
  public mutating func bool() throws(JSONFault) -> Bool {
    guard let flag = try value().bool else { throw fault(.type) }
    return flag
  }

  /// Walks through the next value, which must be an array; the closure must take or skip one element at a time.
  public mutating func readElements(_ take: (inout JSONScanner) throws(JSONFault) -> Void) throws(JSONFault) {
    try beginArray()
    while try nextElement() { try take(&self) }
  }

  /// The next value, which must be an object.
  public mutating func object() throws(JSONFault) -> JSONObject {
    var object = JSONObject()
    try beginObject()
    while let name = try nextMember() {
      object.members.append(.init(name: try text(in: name), value: try value()))
    }
    return object
  }

  private mutating func array() throws(JSONFault) -> [JSONValue] {
    var values: [JSONValue] = []
    offset += 1
    try descend()
    while try nextElement(closing: UInt8(ascii: "]"), opening: UInt8(ascii: "[")) { values.append(try value()) }
    return values
  }

  /// The characters of a string, from the bytes between its quotes. A lone surrogate or broken UTF-8 is a fault.
  func text(in range: Range<Int>) throws(JSONFault) -> String {
    let slice = bytes[range]
    guard slice.contains(UInt8(ascii: "\\")) else {
      guard let text = String(validating: slice, as: UTF8.self) else { throw fault(.encoding) }
      return text
    }
    var unescaped: [UInt8] = []
    unescaped.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] != UInt8(ascii: "\\") {
        unescaped.append(bytes[index])
        index += 1
      } else {
        index = try unescape(at: index + 1, end: range.upperBound, into: &unescaped)
      }
    }
    guard let text = String(validating: unescaped, as: UTF8.self) else { throw fault(.encoding) }
    return text
  }

  private func unescape(at index: Int, end: Int, into text: inout [UInt8]) throws(JSONFault) -> Int {
    guard index < end else { throw fault(.syntax) }
    switch bytes[index] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index])
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): return try unescapeUnicode(at: index + 1, end: end, into: &text)
    default: throw fault(.syntax)
    }
    return index + 1
  }

  private func unescapeUnicode(at index: Int, end: Int, into text: inout [UInt8]) throws(JSONFault) -> Int {
    let high = try hexUnit(at: index, end: end)
    var next = index + 4
    var scalar = UInt32(high)
    if (0xD800...0xDBFF).contains(high) {
      guard next + 2 <= end, bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u") else {
        throw fault(.encoding)
      }
      let low = try hexUnit(at: next + 2, end: end)
      guard (0xDC00...0xDFFF).contains(low) else { throw fault(.encoding) }
      scalar = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
      next += 6
    }
    guard let valid = Unicode.Scalar(scalar) else { throw fault(.encoding) }
    text.append(contentsOf: UTF8.encode(valid)!)
    return next
  }

  private func hexUnit(at index: Int, end: Int) throws(JSONFault) -> UInt16 {
    guard index + 4 <= end else { throw fault(.syntax) }
    var unit: UInt16 = 0
    for byte in bytes[index..<(index + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw fault(.syntax) }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}

extension JSONValue {
  /// Parses a whole text; white space around it is allowed, anything else is a fault.
  public init(parsing bytes: [UInt8]) throws(JSONFault) {
    var scanner = JSONScanner(bytes)
    self = try scanner.value()
    try scanner.finish()
  }
}
