import JSON

/// JSON texts: the two readers must agree on what is JSON, and a value must survive being written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let raw = try? RawJSON(validating: bytes)
  let value = try? JSONValue(parsing: bytes)
  precondition((raw == nil) == (value == nil), "the readers disagree")
  guard let raw, let value else { return 0 }
  precondition((try? raw.value()) == value, "folding line breaks changed the value")
  var writer = JSONWriter()
  writer.value(value)
  precondition((try? JSONValue(parsing: writer.bytes)) == value, "a value must read back")
  return 0
}
