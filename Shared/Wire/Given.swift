public import JSON

/// A member of an object that a client wrote, as far as it is of use.
///
/// A contract names the field at fault, and in its own order; so a request keeps what is wrong with a member, and the
/// service says it when its turn comes.
public enum Given<Value: Sendable & Equatable>: Sendable, Equatable {
  /// Absent, null, or the empty text.
  case nothing
  /// There, but of another type.
  case unfit
  case value(Value)

  /// Refuses with `missing` what is not there, whatever its type.
  public func mustBeThere(_ field: String) throws(Failure) {
    if self == .nothing { throw .missing(field) }
  }

  /// The value; refuses with `missing` or `invalid`.
  public func required(_ field: String) throws(Failure) -> Value {
    guard let value = try optional(field) else { throw .missing(field) }
    return value
  }

  /// The value, nil when nothing is given; refuses with `invalid`.
  public func optional(_ field: String) throws(Failure) -> Value? {
    switch self {
    case .nothing: nil
    case .unfit: throw .invalid(field)
    case .value(let value): value
    }
  }
}

extension Given where Value == String {
  /// A member of a tree; nil when it has none of the name.
  public init(_ value: JSONValue?) {
    switch value {
    case nil, .null, .string(""): self = .nothing
    case .string(let text): self = .value(text)
    default: self = .unfit
    }
  }
}

extension Given where Value == Int {
  /// A whole number as such, or its digits as a text: a query's values arrive so.
  public init(_ value: JSONValue?) {
    switch value {
    case nil, .null: self = .nothing
    case .string(let digits): self = Int(digits: digits).map { .value($0) } ?? .unfit
    case .number(let number): self = Int(digits: number.literal).map { .value($0) } ?? .unfit
    default: self = .unfit
    }
  }
}

extension Given where Value == Bool {
  public init(_ value: JSONValue?) {
    switch value {
    case nil, .null: self = .nothing
    case .bool(let flag): self = .value(flag)
    default: self = .unfit
    }
  }
}

extension JSONScanner {
  /// Walks through an object that must be the whole text. What the closure does not take is skipped.
  mutating func readMembers(
    _ take: (inout JSONScanner, _ name: Range<Int>) throws(JSONFault) -> Bool
  ) throws(JSONFault) {
    try beginObject()
    while let name = try nextMember() {
      if try !take(&self, name) { try skipValue() }
    }
    try finish()
  }

  mutating func givenText() throws(JSONFault) -> Given<String> {
    guard peek() == UInt8(ascii: "\"") else { return try givenOther() }
    let text = try string()
    return text.isEmpty ? .nothing : .value(text)
  }

  mutating func givenFlag() throws(JSONFault) -> Given<Bool> {
    Given<Bool>(try value())
  }

  mutating func givenCount() throws(JSONFault) -> Given<Int> {
    Given<Int>(try value())
  }

  private mutating func givenOther<Value>() throws(JSONFault) -> Given<Value> {
    let isNull = peek() == UInt8(ascii: "n")
    try skipValue()
    return isNull ? .nothing : .unfit
  }
}

extension Int {
  /// Digits and nothing else, up to 64 bits.
  fileprivate init?(digits: String) {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    self.init(digits)
  }
}

extension JSONWriter {
  mutating func member(_ name: StaticString, _ given: Given<String>) {
    member(name, given) { $0.string($1) }
  }

  mutating func member(_ name: StaticString, _ given: Given<Bool>) {
    member(name, given) { $0.bool($1) }
  }

  mutating func member(_ name: StaticString, _ given: Given<Int>) {
    member(name, given) { $0.int($1) }
  }

  /// What is unfit goes as a value that no field takes.
  private mutating func member<Value>(
    _ name: StaticString,
    _ given: Given<Value>,
    _ write: (inout JSONWriter, Value) -> Void
  ) {
    switch given {
    case .nothing: return
    case .unfit:
      self.name(name)
      beginArray()
      endArray()
    case .value(let value):
      self.name(name)
      write(&self, value)
    }
  }
}
