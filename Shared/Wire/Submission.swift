public import JSON

/// What somebody outside sent, not yet looked at: the service names the field at fault, in the order its contract gives.
public struct Submission: Sendable, Equatable {
  /// The body as it came, or a form's fields as members that are strings. It need not be an object.
  public var fields: RawJSON
  /// The network address of the sender, for limits on guessing; empty when it is not known.
  public var address: String

  public init(_ fields: RawJSON, address: String = "") {
    self.fields = fields
    self.address = address
  }
}

/// A call whose request is a submission: `{"fields":{...},"address":"..."}`.
public protocol SubmissionCall: Call {
  var submission: Submission { get }
  init(_ submission: Submission)
}

extension SubmissionCall {
  public init(json: RawJSON) throws { self.init(try Submission(json: json)) }
  public func json() throws -> RawJSON { try submission.json() }
}

extension Submission: Message {
  public init(json: RawJSON) throws {
    var parts = Submission(.emptyObject)
    var scanner = JSONScanner(json.bytes)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if try !parts.read(name, &scanner, json.bytes) { try scanner.skipValue() }
    }
    try scanner.finish()
    self = parts
  }

  public func json() throws -> RawJSON { .object { write(into: &$0) } }

  mutating func read(
    _ name: Range<Int>,
    _ scanner: inout JSONScanner,
    _ bytes: [UInt8]
  ) throws(JSONFault) -> Bool {
    if scanner.matches(name, "fields") {
      fields = RawJSON(trusted: Array(bytes[try scanner.skipValue()]))
    } else if scanner.matches(name, "address") {
      address = try scanner.string()
    } else {
      return false
    }
    return true
  }

  func write(into writer: inout JSONWriter) {
    writer.member("fields", fields)
    writer.member("address", address)
  }
}
