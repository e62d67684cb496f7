import HTTP
import JSON
import Loop
import Wire

/// Clients that follow the counter as server-sent events, without a Socket.IO library.
@LoopActor
final class LiveListeners {
  /// A listener for whom more waits is dropped: it reads too slowly, and comes back by itself.
  private static let queueLimit = 1 << 20
  private static let limit = 10_000

  private var streams: [Int: BodyStream] = [:]
  /// Those who have not been told yet where things stand; they wait for that.
  private var strangers: Set<Int> = []
  private lazy var heartbeat = Timer { [unowned self] in beat() }

  var isFull: Bool { streams.count >= LiveListeners.limit }

  func add(_ number: Int) -> BodyStream {
    let stream = BodyStream()
    stream.closed = { self.forget(number) }
    if streams.isEmpty { heartbeat.arm(after: .seconds(20), every: .seconds(20)) }
    streams[number] = stream
    strangers.insert(number)
    // Tells the client how long to wait before it comes back.
    stream.append(Array("retry: 2000\n\n".utf8))
    return stream
  }

  func show(_ item: Live.Item) {
    guard !streams.isEmpty else { return }
    let bytes = LiveListeners.text(item)
    for (number, stream) in streams where !strangers.contains(number) { send(bytes, stream, number) }
  }

  func show(_ item: Live.Item, to number: Int) {
    strangers.remove(number)
    if let stream = streams[number] { send(LiveListeners.text(item), stream, number) }
  }

  private func forget(_ number: Int) {
    streams[number] = nil
    strangers.remove(number)
  }

  func end() {
    for stream in streams.values { stream.finish() }
    streams = [:]
    heartbeat.cancel()
  }

  private func send(_ bytes: [UInt8], _ stream: BodyStream, _ number: Int) {
    guard stream.queuedBytes <= LiveListeners.queueLimit else {
      forget(number)
      return stream.finish()
    }
    stream.append(bytes)
  }

  /// A comment, so that proxies do not take the silence for death.
  private func beat() {
    if streams.isEmpty { return heartbeat.disarm() }
    for (number, stream) in streams { send(Array(":\n\n".utf8), stream, number) }
  }

  private static func text(_ item: Live.Item) -> [UInt8] {
    Array("event: \(item.kind.rawValue)\ndata: ".utf8) + item.argument.bytes + Array("\n\n".utf8)
  }
}
