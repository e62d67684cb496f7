public import JSON

/// A value that goes over the bus as JSON.
///
/// Codable types conform without a line of their own, through `JSONCoding`; types on a hot path write and read
/// themselves.
public protocol Message: Sendable {
  init(json: RawJSON) throws
  func json() throws -> RawJSON
}

extension Message where Self: Codable {
  public init(json: RawJSON) throws { self = try JSONCoding.decode(Self.self, from: json) }
  public func json() throws -> RawJSON { try JSONCoding.encode(self) }
}

/// A request with its name on the bus and the reply it gets.
public protocol Call: Message {
  associatedtype Reply: Message
  /// `<service>.<verb>`, such as `stats.store`.
  static var name: String { get }
}

/// A fact a service tells whoever subscribed to its subject.
public protocol Event: Message {
  /// `<service>.<what happened>`, such as `auth.session_ended`.
  static var subject: String { get }
}

/// The reply of calls that only succeed or fail.
public struct Empty: Message, Equatable {
  public init() {}
  public init(json: RawJSON) throws {}
  public func json() throws -> RawJSON { .emptyObject }
}

extension RawJSON: Message {
  public init(json: RawJSON) throws { self = json }
  public func json() throws -> RawJSON { self }
}
