import CZlib

/// Bodies in gzip form (RFC 1952).
public enum Gzip {
  /// Windows of 32 KiB, and zlib told to write gzip's header rather than its own.
  private static let windowBits: Int32 = 15 + 16
  /// Of the nine, the one that takes half the time of the usual one for some hundredths more bytes.
  private static let level: Int32 = 4

  /// Takes some 15 ms for a megabyte, so larger bodies belong on the thread pool; nil when there is no memory for it.
  public static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    let begun = deflateInit2_(
      &stream,
      level,
      Z_DEFLATED,
      windowBits,
      8,
      Z_DEFAULT_STRATEGY,
      zlibVersion(),
      size
    )
    guard begun == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    var ended = Z_OK
    let capacity = Int(deflateBound(&stream, UInt(bytes.count)))
    let compressed = bytes.withUnsafeBufferPointer { input in
      [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        // zlib only reads there; its type comes from a time before const.
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(capacity)
        ended = deflate(&stream, Z_FINISH)
        count = Int(stream.total_out)
      }
    }
    return ended == Z_STREAM_END ? compressed : nil
  }

  /// Whether the header says that a client takes gzip: by its name or by `*`, and not with a weight of zero.
  public static func isAccepted(by header: String?) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { offer in
      let parts = offer.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let coding = parts.first, coding == "gzip" || coding == "*" else { return false }
      return !parts.dropFirst().contains {
        $0.hasPrefix("q=0") && !$0.dropFirst(3).contains { "123456789".contains($0) }
      }
    }
  }
}
