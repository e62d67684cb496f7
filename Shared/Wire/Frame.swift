public import JSON

/// One line of the bus: a JSON object ended by a newline, so that a line typed into `nc` works.
public enum Frame: Sendable, Equatable {
  /// The first line of a server: a random challenge when a key is required, else nil.
  case hello(service: String, challenge: String?)
  /// The client's HMAC-SHA256 of the challenge, in hex.
  case proof(String)
  case call(id: Int, name: String, context: CallContext, body: RawJSON)
  case reply(id: Int, body: RawJSON)
  case failure(id: Int, Failure)
  case subscribe(subject: String)
  case event(subject: String, body: RawJSON)
  case ping
  case pong
  /// A server is about to end: what has been called is still answered, and nothing more should be.
  case leaving
  /// The client's answer to it: no call follows on this connection.
  case left
}

extension Frame {
  /// The line with its newline.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter(reserving: 320)
    writer.beginObject()
    writeMembers(into: &writer)
    writer.endObject()
    return writer.line()
  }

  private func writeMembers(into writer: inout JSONWriter) {
    switch self {
    case .hello(let service, let challenge):
      writer.member("hello", service)
      writer.member("challenge", challenge)
    case .proof(let proof): writer.member("proof", proof)
    case .call(let id, let name, let context, let body):
      writer.member("call", name)
      writer.member("id", id)
      context.write(into: &writer)
      writer.member("body", body)
    case .reply(let id, let body):
      writer.member("reply", id)
      writer.member("body", body)
    case .failure(let id, let failure):
      writer.member("reply", id)
      writer.name("error")
      failure.write(into: &writer)
    case .subscribe(let subject): writer.member("subscribe", subject)
    case .event(let subject, let body):
      writer.member("event", subject)
      writer.member("body", body)
    case .ping: writer.member("ping", 1)
    case .pong: writer.member("pong", 1)
    case .leaving: writer.member("leaving", 1)
    case .left: writer.member("left", 1)
    }
  }
}

extension CallContext {
  fileprivate func write(into writer: inout JSONWriter) {
    writer.member("timeout", timeout)
    writer.member("user", user?.text)
    writer.member("session", session?.text)
    writer.member("trace", trace)
    writer.member("key", key)
  }
}
