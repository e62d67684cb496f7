/// Why a text is not JSON, with the byte where reading stopped.
public struct JSONFault: Error, Equatable, Sendable {
  public enum Reason: Sendable { case syntax, encoding, depth, trailing, type }
  public let reason: Reason
  public let offset: Int

  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
