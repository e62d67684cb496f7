import CNats
import Glibc
import Loop

/// One connection to NATS from its opening to its end: no reconnect, no waiting. Its descriptor is read and written on
/// the loop; libnats has a thread of its own that hands messages over.
@LoopActor
final class NATSSession {
  /// Bytes that may wait for a NATS that reads too slowly.
  private static let queueLimit: Int32 = 16 << 20

  let url: String
  /// What one message may hold.
  let maximumPayload: Int
  /// Called once with the reason, unless `close` came first.
  var lost: @LoopActor (String) -> Void = { _ in }
  private let connection: OpaquePointer
  private let polling: NATSPolling
  private let mailbox: NATSMailbox
  private var subscriptions: [Int: OpaquePointer] = [:]
  private var draining: [OpaquePointer] = []
  private var isOpen = true

  private init(_ opened: Opened, _ mailbox: NATSMailbox) {
    connection = opened.connection
    polling = opened.polling
    url = opened.url
    self.mailbox = mailbox
    maximumPayload = Int(natsConnection_GetMaxPayload(connection))
    polling.begin(connection) { [weak self] in self?.ended() }
  }

  /// Connects on the thread pool; throws with NATS's own words.
  static func open(_ settings: NATSSettings, name: String, _ mailbox: NATSMailbox) async throws(NATSError)
    -> NATSSession
  {
    let result = await EventLoop.shared.offload { connect(settings, name: name) }
    return NATSSession(try result.get(), mailbox)
  }

  // MARK: - Messages

  func subscribe(_ subject: String, queue: String?, channel: Int) {
    guard isOpen else { return }
    let tap = Unmanaged.passRetained(NATSTap(mailbox, channel: channel)).toOpaque()
    var subscription: OpaquePointer?
    let status =
      if let queue {
        natsConnection_QueueSubscribe(&subscription, connection, subject, queue, take, tap)
      } else {
        natsConnection_Subscribe(&subscription, connection, subject, take, tap)
      }
    guard status == NATS_OK, let subscription else { return Unmanaged<NATSTap>.fromOpaque(tap).release() }
    natsSubscription_SetOnCompleteCB(subscription, finish, tap)
    // The loop takes letters as fast as they come; what it cannot hold must not be dropped in silence.
    natsSubscription_SetPendingLimits(subscription, -1, -1)
    subscriptions[channel] = subscription
  }

  /// NATS sends nothing new; what is on its way still comes, and then an `end`.
  func drain(channel: Int) {
    guard let subscription = subscriptions.removeValue(forKey: channel) else { return }
    natsSubscription_DrainTimeout(subscription, 5000)
    draining.append(subscription)
  }

  /// False when nothing was sent, nor will be: the session is over, or NATS does not keep up.
  func publish(_ subject: String, reply: String?, _ bytes: [UInt8]) -> Bool {
    guard isOpen, natsConnection_Buffered(connection) < NATSSession.queueLimit else { return false }
    let status =
      if let reply {
        natsConnection_PublishRequest(connection, subject, reply, bytes, Int32(bytes.count))
      } else {
        natsConnection_Publish(connection, subject, bytes, Int32(bytes.count))
      }
    return status == NATS_OK
  }

  // MARK: - End

  /// Ends it without a word to `lost`. What has not left yet is lost.
  func close() {
    lost = { _ in }
    release()
  }

  /// As `close`, and tells `lost`: NATS has not answered.
  func giveUp(_ reason: String) {
    let lost = lost
    close()
    lost(reason)
  }

  private func ended() {
    guard isOpen else { return }
    var text: UnsafePointer<CChar>?
    natsConnection_GetLastError(connection, &text)
    let reason = text.map { String(cString: $0) } ?? ""
    giveUp(reason.isEmpty ? "closed by NATS" : reason)
  }

  private func release() {
    guard isOpen else { return }
    isOpen = false
    polling.stop()
    let rest = Remains(connection: connection, subscriptions: subscriptions.values + draining, polling: polling)
    subscriptions = [:]
    draining = []
    // Closing waits for libnats's threads, and may wait for the network.
    onLoop { await EventLoop.shared.offload { rest.destroy() } }
  }
}

/// Why there is no connection, in NATS's words.
struct NATSError: Error, CustomStringConvertible {
  let description: String
}

/// Unchecked: pointers on their way from one thread to the next, each time by one owner.
private struct Opened: @unchecked Sendable {
  let connection: OpaquePointer
  let polling: NATSPolling
  let url: String
}

/// Unchecked: see `Opened`.
private struct Remains: @unchecked Sendable {
  let connection: OpaquePointer
  let subscriptions: [OpaquePointer]
  let polling: NATSPolling

  func destroy() {
    for subscription in subscriptions { natsSubscription_Destroy(subscription) }
    natsConnection_Destroy(connection)
    // The connection was the last to know it.
    Unmanaged.passUnretained(polling).release()
  }
}

private let take: natsMsgHandler = { _, _, message, tap in
  guard let message, let tap else { return }
  Unmanaged<NATSTap>.fromOpaque(tap).takeUnretainedValue().take(message)
  natsMsg_Destroy(message)
}

private let finish: natsOnCompleteCB = { tap in Unmanaged<NATSTap>.fromOpaque(tap!).takeRetainedValue().end() }

private func connect(_ settings: NATSSettings, name: String) -> Result<Opened, NATSError> {
  let polling = NATSPolling()
  let pointer = Unmanaged.passRetained(polling).toOpaque()
  var options: OpaquePointer?
  var connection: OpaquePointer?
  var status = natsOptions_Create(&options)
  defer { natsOptions_Destroy(options) }
  if status == NATS_OK, let options { status = settings.apply(to: options, name: name, pointer) }
  if status == NATS_OK { status = natsConnection_Connect(&connection, options) }
  guard status == NATS_OK, let connection else {
    Unmanaged<NATSPolling>.fromOpaque(pointer).release()
    return .failure(NATSError(description: words(for: status)))
  }
  var url = [CChar](repeating: 0, count: 256)
  natsConnection_GetConnectedUrl(connection, &url, url.count)
  let text = String(decoding: url.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return .success(Opened(connection: connection, polling: polling, url: text))
}

private func words(for status: natsStatus) -> String {
  let detail = nats_GetLastError(nil).map { String(cString: $0) } ?? ""
  let general = String(cString: natsStatus_GetText(status))
  return detail.isEmpty || detail == general ? general : "\(general): \(detail)"
}

extension NATSSettings {
  fileprivate func apply(to options: OpaquePointer, name: String, _ loop: UnsafeMutableRawPointer) -> natsStatus {
    var steps: [natsStatus] = []
    let texts = servers.map { strdup($0) }
    defer { for text in texts { free(text) } }
    var pointers = texts.map { UnsafePointer<CChar>($0) }
    steps.append(natsOptions_SetServers(options, &pointers, Int32(pointers.count)))
    steps.append(natsOptions_SetName(options, name))
    steps.append(natsOptions_SetTimeout(options, 2000))
    // Coming back, and noticing a silent server, is done above: calls must be told of it.
    steps.append(natsOptions_SetAllowReconnect(options, false))
    steps.append(natsOptions_SetPingInterval(options, 0))
    steps.append(natsOptions_SetSendAsap(options, true))
    // One thread hands over what comes, so that all of a connection keeps its order.
    steps.append(natsOptions_UseGlobalMessageDelivery(options, true))
    let polling = (NATSPolling.attach, NATSPolling.read, NATSPolling.write, NATSPolling.detach)
    steps.append(natsOptions_SetEventLoop(options, loop, polling.0, polling.1, polling.2, polling.3))
    steps += identity(options)
    if isSecure {
      steps.append(natsOptions_SetSecure(options, true))
      steps.append(natsOptions_LoadCATrustedCertificates(options, certificateFile))
    }
    return steps.first { $0 != NATS_OK } ?? NATS_OK
  }

  private func identity(_ options: OpaquePointer) -> [natsStatus] {
    switch credentials {
    case nil: []
    case .file(let path): [natsOptions_SetUserCredentialsFromFiles(options, path, nil)]
    case .user(let name, let password): [natsOptions_SetUserInfo(options, name, password)]
    case .token(let token): [natsOptions_SetToken(options, token)]
    }
  }
}
