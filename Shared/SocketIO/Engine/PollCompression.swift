import Compression
import HTTP
import Loop

/// The gzip form of polling answers, for clients that take it.
enum PollCompression {
  /// Shorter bodies gain too little.
  private static let threshold = 1024
  /// Longer ones would hold the loop for more than a millisecond.
  private static let offloadThreshold = 65_536

  /// The answer as it leaves; as it was where the client takes no gzip or the body is short.
  @LoopActor
  static func apply(to response: HTTPResponse, for head: HTTPRequestHead) async -> HTTPResponse {
    guard case .bytes(let body) = response.body, body.count > threshold,
      Gzip.isAccepted(by: head.headers.first("accept-encoding"))
    else { return response }
    let compressed =
      body.count > offloadThreshold
      ? await EventLoop.shared.offload { Gzip.compress(body) }
      : Gzip.compress(body)
    guard let compressed else { return response }
    var shorter = response
    shorter.headers.append(("Content-Encoding", "gzip"))
    shorter.body = .bytes(compressed)
    return shorter
  }
}
