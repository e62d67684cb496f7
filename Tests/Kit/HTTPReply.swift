public import JSON

/// An HTTP response as it came off the wire.
public struct HTTPReply: Sendable {
  public let status: Int
  /// In their order, names as the server wrote them.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]

  public var text: String { String(decoding: body, as: UTF8.self) }

  /// The first header of this name, whatever its case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The body as JSON; throws the scanner's fault when it is none.
  public func json() throws -> JSONValue { try JSONValue(parsing: body) }
}
