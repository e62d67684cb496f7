extension JSONScanner {
  /// Enters an array; then `nextElement` tells whether another value follows.
  public mutating func beginArray() throws(JSONFault) {
    guard peek() == UInt8(ascii: "[") else { throw fault(.type) }
    offset += 1
    try descend()
  }

  /// Whether the array has another value, which stands next; the caller must take or skip it before it asks again.
  public mutating func nextElement() throws(JSONFault) -> Bool {
    try nextElement(closing: UInt8(ascii: "]"), opening: UInt8(ascii: "["))
  }
}
