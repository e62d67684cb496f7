import CMicrohttpd
import Glibc
import Loop

/// One accepted connection, from libmicrohttpd's first word about it to its last.
@LoopActor
final class Connection {
  let server: HTTPServer
  let handle: OpaquePointer
  let descriptor: Int32
  /// Accepted beyond the limit, so that its request can be answered 503.
  let isExcess: Bool
  /// Where the server keeps it.
  var index = 0
  var patience: ConnectionPatience
  var exchange: Exchange?
  /// Its close must wait for bytes in flight, see `LingeringClose`.
  var lingers = false
  private var wasSeenResting = false

  init(server: HTTPServer, handle: OpaquePointer, descriptor: Int32, isExcess: Bool) {
    self.server = server
    self.handle = handle
    self.descriptor = descriptor
    self.isExcess = isExcess
    patience = ConnectionPatience(accepted: server.now, limits: server.patienceLimits)
  }

  lazy var peer: String = {
    guard let address = cmhd_peer_address(handle), let peer = SocketAddress(sockaddr: address) else { return "" }
    // An IPv4 client of a dual-stack listener.
    return peer.host.hasPrefix("::ffff:") ? String(peer.host.dropFirst(7)) : peer.host
  }()

  func began(target: String?) {
    patience.began(at: server.now, limits: server.patienceLimits)
    exchange = Exchange(on: self, target: target)
  }

  func advance(method: UnsafePointer<CChar>, demandsHost: Bool, bytes: UnsafeRawBufferPointer) -> Bool {
    guard patience.phase != .late, let exchange else {
      lingers = true
      return false
    }
    return exchange.advance(method: method, demandsHost: demandsHost, bytes: bytes)
  }

  func completed() {
    exchange?.end()
    exchange = nil
    wasSeenResting = false
    patience.answered(at: server.now, limits: server.patienceLimits)
  }

  /// Makes libmicrohttpd see the end of the input, upon which it closes. Only for connections that are not suspended.
  func hangUp() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Ends the wait for a client that is late: with a word where a request had begun.
  ///
  /// The reading side stays open for a moment, because bytes that meet a shut one reset the connection and take the word
  /// with them.
  func expire() {
    guard patience.phase == .readingHead || patience.phase == .readingBody else {
      patience.requestDone()
      return hangUp()
    }
    PlainAnswer.send(server.refusal(.timeout, exchange?.head), on: descriptor)
    shutdown(descriptor, Int32(SHUT_WR))
    patience.told(at: server.now)
  }

  /// Notices the end of the input that arrived together with bytes before it: libmicrohttpd reads those and waits for
  /// another edge, which does not come.
  func lookForEnd() {
    guard patience.phase != .answering else { return }
    if patience.phase == .waiting {
      guard !wasSeenResting else { return }
      wasSeenResting = true
    }
    if peek() == 0 { hangUp() }
  }

  /// Bytes the client sent that nobody has read: a request is on its way.
  private var hasUnreadInput: Bool { peek() > 0 }

  private func peek() -> Int {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
  }
}

extension Connection {
  /// Lets the request in hand, or on its way, be the last one.
  ///
  /// A connection that never sent anything has a second to do so: its request may be under way.
  func drain(grace: Int64) {
    guard patience.phase == .waiting, exchange == nil, !hasUnreadInput else { return }
    if patience.isFirst {
      patience.hasten(to: server.now + max(1000, grace))
    } else if grace > 0 {
      patience.hasten(to: server.now + grace)
    } else {
      hangUp()
    }
  }
}
