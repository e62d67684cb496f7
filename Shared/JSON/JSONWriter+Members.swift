extension RawJSON {
  /// An object written by the closure.
  public static func object(_ members: (inout JSONWriter) -> Void) -> RawJSON {
    var writer = JSONWriter()
    writer.beginObject()
    members(&writer)
    writer.endObject()
    return writer.raw
  }
}

/// A name and its value in one step. A nil value leaves the member out.
extension JSONWriter {
  public mutating func member(_ name: StaticString, _ text: String?) {
    guard let text else { return }
    self.name(name)
    string(text)
  }

  public mutating func member(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    self.name(name)
    int(value)
  }

  public mutating func member(_ name: StaticString, _ value: Double?) {
    guard let value else { return }
    self.name(name)
    double(value)
  }

  public mutating func member(_ name: StaticString, _ flag: Bool?) {
    guard let flag else { return }
    self.name(name)
    bool(flag)
  }

  public mutating func member(_ name: StaticString, _ json: RawJSON?) {
    guard let json else { return }
    self.name(name)
    raw(json)
  }
}
