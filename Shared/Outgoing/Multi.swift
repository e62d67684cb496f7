import CCurl
import Loop

/// libcurl's transfers on the event loop: it says which descriptors to watch and when to wake it, and is told what happened.
///
/// libcurl holds an unretained pointer to this object, so it keeps itself alive until `close`.
@LoopActor
final class Multi {
  private let raw: UnsafeMutableRawPointer
  private var watchers: [Int32: Watcher] = [:]
  private var timer: Timer?
  private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
  private var open = true

  init(connectionsPerHost: Int) {
    guard let raw = curl_multi_init() else { preconditionFailure("libcurl gives no handle") }
    self.raw = raw
    timer = Timer { self.act(on: CURL_SOCKET_BAD, events: 0) }
    carillon_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
    carillon_multi_set_functions(
      raw,
      { _, descriptor, what, context, _ in
        let multi = Unmanaged<Multi>.fromOpaque(context!).takeUnretainedValue()
        LoopActor.assumeIsolated { multi.watch(descriptor, what) }
        return 0
      },
      { _, milliseconds, context in
        let multi = Unmanaged<Multi>.fromOpaque(context!).takeUnretainedValue()
        LoopActor.assumeIsolated { multi.wake(after: milliseconds) }
        return 0
      },
      Unmanaged.passRetained(self).toOpaque()
    )
  }

  /// Begins a transfer, whose `finish` is called once. Nothing is called before this returns.
  func start(_ transfer: HTTPTransfer) {
    guard open else { return transfer.finish(.failure(.cancelled)) }
    transfers[transfer.easy.raw] = transfer
    let code = curl_multi_add_handle(raw, transfer.easy.raw)
    guard code != CURLM_OK else { return }
    transfers[transfer.easy.raw] = nil
    transfer.finish(.failure(.broken(String(cString: curl_multi_strerror(code)))))
  }

  /// Breaks a transfer off; one that has ended already is left alone.
  func cancel(_ transfer: HTTPTransfer) {
    guard take(transfer.easy.raw) != nil else { return }
    transfer.finish(.failure(.cancelled))
  }

  /// Breaks everything off and frees the connections.
  func close() {
    guard open else { return }
    open = false
    for transfer in Array(transfers.values) { cancel(transfer) }
    curl_multi_cleanup(raw)
    timer?.cancel()
    timer = nil
    for watcher in watchers.values { watcher.stop() }
    watchers = [:]
    Unmanaged.passUnretained(self).release()
  }

  private func take(_ easy: UnsafeMutableRawPointer) -> HTTPTransfer? {
    guard let transfer = transfers.removeValue(forKey: easy) else { return nil }
    curl_multi_remove_handle(raw, easy)
    return transfer
  }

  private func watch(_ descriptor: Int32, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else {
      watchers.removeValue(forKey: descriptor)?.stop()
      return
    }
    let watcher = watchers[descriptor] ?? Watcher(descriptor: descriptor) { self.ready(descriptor, $0) }
    watchers[descriptor] = watcher
    var interest: Watcher.Interest = []
    if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
    watcher.watch(interest)
  }

  private func ready(_ descriptor: Int32, _ interest: Watcher.Interest) {
    var events: Int32 = 0
    if interest.contains(.readable) { events |= CURL_CSELECT_IN }
    if interest.contains(.writable) { events |= CURL_CSELECT_OUT }
    act(on: descriptor, events: events)
  }

  private func wake(after milliseconds: Int) {
    guard milliseconds >= 0 else { timer?.disarm(); return }
    // Also for 0: libcurl must not be entered from its own callback.
    timer?.arm(after: .milliseconds(milliseconds))
  }

  private func act(on descriptor: Int32, events: Int32) {
    guard open else { return }
    var running: Int32 = 0
    curl_multi_socket_action(raw, descriptor, events, &running)
    var easy: UnsafeMutableRawPointer?
    var code = CURLE_OK
    while carillon_multi_next_done(raw, &easy, &code) {
      guard let done = easy, let transfer = take(done) else { continue }
      transfer.finish(code)
    }
  }
}
