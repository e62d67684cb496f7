/// The C arrays that libpq takes values in, kept from call to call.
struct Arguments {
  private var values: [UnsafePointer<CChar>?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  typealias Lent<T> = (
    Int32, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>
  ) -> T

  /// Lends count, values, lengths and formats for the duration of the call.
  mutating func lend<T>(_ parameters: Parameters, _ body: Lent<T>) -> T {
    values.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    return parameters.bytes.withUnsafeBytes { bytes in
      for slot in parameters.slots {
        values.append(slot.length < 0 ? nil : Arguments.place(bytes, slot.start))
        lengths.append(max(0, slot.length))
        formats.append(slot.isText ? 0 : 1)
      }
      return body(Int32(values.count), values, lengths, formats)
    }
  }

  /// An empty value at the end of an empty buffer still needs an address: a null pointer would be NULL.
  private static func place(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UnsafePointer<CChar> {
    guard let base = bytes.baseAddress else { return empty }
    return (base + start).assumingMemoryBound(to: CChar.self)
  }

  // Never written, never freed.
  private nonisolated(unsafe) static let empty: UnsafePointer<CChar> = {
    let zero = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    zero.initialize(to: 0)
    return UnsafePointer(zero)
  }()
}

extension SQL {
  /// Why this statement cannot even be sent; nil for nearly all.
  var refusal: PostgresError? {
    if parameters.holdsZero { return PostgresError(.state("22021"), "a text holds the character 0") }
    if parameters.types.count > 65535 { return PostgresError(.state("54011"), "too many values") }
    return nil
  }
}
