public import JSON

/// Asks a daemon of any kind whether it can do its work, as `/readyz` of its admin port does; `unavailable` if not.
///
/// A daemon from before this call says `unknown_call`. Of several copies one answers for itself.
public struct CheckReady: Call, Equatable {
  public typealias Reply = Empty
  public static let name = "daemon.check_ready"
  public init() {}
  public init(json: RawJSON) throws {}
  public func json() throws -> RawJSON { .emptyObject }
}
