/// Paths, queries and forms as clients send them: nothing may trap.
private let tree = PathTree(
  ["/", "/a", "/a/{b}", "/a/{b}/c/{d}", "/a/x/c", "/e/{f}/g"].map { (pattern: $0, leaf: $0) },
  decode: { PercentCoding.decodePathSegment($0) }
)
private let form = Form(fields: ["a", "message", "é"])

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRoutes(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let text = String(decoding: bytes, as: UTF8.self)
  if let found = tree.find(text) {
    precondition(found.parameters.pairs.allSatisfy { !$0.value.isEmpty }, "a parameter is never empty")
  }
  _ = PercentCoding.decodePairs(bytes)
  for (name, _) in form.parse(bytes) { precondition(form.fields.contains(name), "a field nobody knows") }
  _ = form.object(bytes)
  return 0
}
