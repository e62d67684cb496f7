import CZlib
import Compression
import Testing

@Suite struct GzipTests {
  /// What a client makes of it.
  private func expanded(_ bytes: [UInt8], capacity: Int) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = bytes
    var ended = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(capacity)
        ended = inflate(&stream, Z_FINISH)
      }
      count = Int(stream.total_out)
    }
    return ended == Z_STREAM_END ? output : nil
  }

  @Test(arguments: [0, 1, 1000, 100_000])
  func `what is compressed expands to the same`(count: Int) throws {
    var generator = SystemRandomNumberGenerator()
    let text = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 7) }
    let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for bytes in [text, noise] {
      let compressed = try #require(Gzip.compress(bytes))
      #expect(expanded(compressed, capacity: count + 1) == bytes)
    }
    #expect(count < 1000 || (Gzip.compress(text)?.count ?? .max) < count / 10)
  }

  @Test(arguments: [
    ("gzip", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("GZIP ; q=0.1", true), ("*", true), ("br", false),
    ("gzip;q=0", false), ("gzip; q=0.000", false), ("identity, deflate", false), ("", false), ("xgzip", false),
  ])
  func `a client takes gzip when it says so`(header: String, isAccepted: Bool) {
    #expect(Gzip.isAccepted(by: header) == isAccepted)
    #expect(!Gzip.isAccepted(by: nil))
  }
}
