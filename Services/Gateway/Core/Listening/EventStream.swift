import HTTP
import Loop

/// A feed as server-sent events, which is what a browser can hold open by itself.
@LoopActor
final class EventStream: FeedSink {
  /// Often enough for the proxies on the way, which close what is silent for a minute.
  private static let heartbeat = Duration.seconds(20)
  /// A client that is cut off comes back after so many milliseconds, with the last id it has.
  private static let opening = Array("retry: 1000\n\n".utf8)
  private static let comment = Array(":\n\n".utf8)

  /// Called once when the client goes.
  var gone: @LoopActor () -> Void = {}
  private let body = BodyStream()
  private lazy var pulse = Timer { [unowned self] in body.append(EventStream.comment) }

  init() {
    body.append(EventStream.opening)
    body.closed = { [self] in
      pulse.cancel()
      gone()
      gone = {}
    }
    pulse.arm(after: EventStream.heartbeat, every: EventStream.heartbeat)
  }

  var response: HTTPResponse {
    HTTPResponse(status: 200, headers: EventStream.headers, stream: body)
  }

  static let headers = [
    ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
    ("X-Content-Type-Options", "nosniff"),
    // What ends a stream ends its connection, so that a gateway which leaves need not wait for it to rest.
    ("Connection", "close"),
  ]

  // MARK: - Feed

  var queuedBytes: Int { body.queuedBytes }

  func send(_ batch: FeedBatch) -> Int {
    body.append(batch.events)
    return batch.events.count
  }

  func send(_ notice: FeedNotice) -> Int {
    body.append(notice.event)
    return notice.event.count
  }

  func close() {
    pulse.cancel()
    body.finish()
    body.closed = {}
    gone = {}
  }
}
