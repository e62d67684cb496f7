import CNats
import Loop
import Synchronization

/// What NATS has brought to a subscription.
struct NATSLetter: Sendable {
  enum Content: Sendable {
    case body([UInt8])
    /// NATS's own word that nobody listens to what was published with this subject for the answer.
    case nobodyListens
    /// The subscription is over; nothing follows.
    case end
  }

  let channel: Int
  let subject: String
  let reply: String?
  let content: Content
}

/// Carries letters from libnats's thread to the loop, in their order, as many at once as have come meanwhile.
final class NATSMailbox: Sendable {
  private let letters = Mutex<[NATSLetter]>([])
  private let deliver: @Sendable @LoopActor ([NATSLetter]) -> Void

  init(deliver: @escaping @Sendable @LoopActor ([NATSLetter]) -> Void) { self.deliver = deliver }

  func put(_ letter: NATSLetter) {
    let isFirst = letters.withLock { letters in
      letters.append(letter)
      return letters.count == 1
    }
    guard isFirst else { return }
    onLoop { [self] in
      let all = letters.withLock { letters in
        defer { letters = [] }
        return letters
      }
      deliver(all)
    }
  }
}

/// The end of one subscription inside libnats: the C callbacks know it, and keep it until the subscription is over.
final class NATSTap: Sendable {
  let mailbox: NATSMailbox
  let channel: Int

  init(_ mailbox: NATSMailbox, channel: Int) {
    self.mailbox = mailbox
    self.channel = channel
  }

  func take(_ message: OpaquePointer) {
    let content: NATSLetter.Content
    if natsMsg_IsNoResponders(message) {
      content = .nobodyListens
    } else {
      let count = Int(natsMsg_GetDataLength(message))
      content = .body(Array(UnsafeRawBufferPointer(start: natsMsg_GetData(message), count: count)))
    }
    let subject = String(cString: natsMsg_GetSubject(message))
    let reply = natsMsg_GetReply(message).map { String(cString: $0) }
    mailbox.put(NATSLetter(channel: channel, subject: subject, reply: reply, content: content))
  }

  func end() { mailbox.put(NATSLetter(channel: channel, subject: "", reply: nil, content: .end)) }
}
