public import HTTP
public import JSON
public import Loop

/// An event that a client sent. Blobs stand in the arguments as `{"_placeholder":true,"num":i}`.
@LoopActor
public struct SocketMessage {
  public let name: String
  public let arguments: [RawJSON]
  public let attachments: [[UInt8]]
  let slot: ReplySlot?

  /// Whether the client waits for a reply. It gets an empty one when `received` returns without, unless it comes later.
  public var wantsReply: Bool { slot != nil }

  /// Says that the reply comes after `received` has returned, so that the client's next event need not wait for it.
  public func replyLater() { slot?.isLate = true }

  /// Replies; only the first reply counts, and none where the client asked for none or has gone.
  public func reply(_ arguments: [RawJSON], attachments: [[UInt8]] = []) {
    slot?.reply(arguments, attachments)
  }

  /// Replies with nothing, where the application neither has replied nor will.
  func replyIfDue() {
    if slot?.isLate == false { reply([]) }
  }
}

/// What a client answered to an event.
public struct SocketReply: Sendable {
  public let arguments: [RawJSON]
  public let attachments: [[UInt8]]
}

/// What a client came with.
public struct SocketHandshake: Sendable {
  /// The request that began its session; its query has what clients of version 2 send along.
  public let head: HTTPRequestHead
  public let query: [(name: String, value: String)]
  /// An object, empty when the client sent none. In protocol 4 it has the query behind the namespace.
  public let auth: RawJSON
}

/// The one reply that an event may have.
@LoopActor
final class ReplySlot {
  private let id: Int
  private weak var socket: Socket?
  var isLate = false

  init(_ id: Int, _ socket: Socket) {
    self.id = id
    self.socket = socket
  }

  func reply(_ arguments: [RawJSON], _ attachments: [[UInt8]]) {
    guard let socket else { return }
    self.socket = nil
    socket.send(PreparedPacket.acknowledgement(id, arguments, socket.namespace.name, attachments))
  }
}
