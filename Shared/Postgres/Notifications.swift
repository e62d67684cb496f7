import Loop

/// What a listener hears.
public enum Notification: Hashable, Sendable {
  /// Listening from now on: at first and after each lost connection. Whatever was announced before is missed, so look.
  case listening
  case received(payload: String)
}

/// The connection that listens, opened with the first channel.
@LoopActor
final class Notifications {
  typealias Handler = @LoopActor (Notification) -> Void

  private let configuration: DatabaseConfiguration
  private let observe: @LoopActor (DatabaseEvent) -> Void
  private var handlers: [String: [Handler]] = [:]
  private var lane: Lane?
  private var isClosed = false

  init(_ configuration: DatabaseConfiguration, observe: @escaping @LoopActor (DatabaseEvent) -> Void) {
    self.configuration = configuration
    self.observe = observe
  }

  func listen(to channel: String, _ handler: @escaping Handler) {
    guard !isClosed else { return }
    handlers[channel, default: []].append(handler)
    if let lane {
      if let connection = lane.connection { subscribe(connection, to: [channel]) { handler(.listening) } }
      return
    }
    let lane = Lane(.notification, configuration, observe: observe) { [weak self] in self?.ready($0) }
    self.lane = lane
    lane.start()
  }

  func close() {
    isClosed = true
    lane?.close()
  }

  private func ready(_ lane: Lane) {
    guard let connection = lane.connection else { return }
    connection.notified = { [weak self] in self?.pass(.received(payload: $1), to: $0) }
    let channels = Array(handlers.keys)
    subscribe(connection, to: channels) { [weak self] in
      for channel in channels { self?.pass(.listening, to: channel) }
    }
  }

  private func subscribe(_ connection: Connection, to channels: [String], done: @escaping @LoopActor () -> Void) {
    let commands = channels.map { SQL("LISTEN \(unescaped: quoted($0))") }
    let exchange = Exchange(commands, deadline: nil, configuration, mayResend: true)
    connection.send(exchange)
    onLoop {
      do throws(PostgresError) {
        _ = try await exchange.value()
        done()
      } catch {
        connection.close(reason: "LISTEN failed: \(error)")
      }
    }
  }

  private func pass(_ notification: Notification, to channel: String) {
    for handler in handlers[channel] ?? [] { handler(notification) }
  }
}

/// A name as an SQL identifier.
func quoted(_ name: String) -> String {
  var text = "\""
  for character in name.unicodeScalars {
    if character == "\"" { text.unicodeScalars.append(character) }
    text.unicodeScalars.append(character)
  }
  return text + "\""
}

extension Database {
  /// Calls back for each `NOTIFY` on the channel, for as long as the database lives.
  ///
  /// Survives lost connections; `.listening` then tells that something may have been missed. A channel's name is taken as
  /// written, so `NOTIFY` must quote it unless it is all lower case.
  public func listen(to channel: String, _ handler: @escaping @LoopActor (Notification) -> Void) {
    notifications.listen(to: channel, handler)
  }
}
