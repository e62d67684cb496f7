import Wire

/// Any bytes may come as a line of the bus: each piece is a frame or a refusal, and a frame's own line reads back as it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrame(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var reader = LineReader(limit: 4096)
  guard let lines = try? reader.take(Array(UnsafeBufferPointer(start: start, count: count)) + [0x0A]) else { return 0 }
  for line in lines {
    guard let frame = try? Frame(line: line) else { continue }
    let again = try? Frame(line: Array(frame.encoded().dropLast()))
    precondition(again == frame, "a frame changes when it is written and read")
  }
  return 0
}
