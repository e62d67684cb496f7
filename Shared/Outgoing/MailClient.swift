public import Loop
import Security

/// Hands mail to a relay by SMTP.
///
/// On the thread pool, a few at a time, and not on the loop: where libcurl ends an SMTP connection it waits for the server's
/// farewell, and a loop must not wait.
@LoopActor
public final class MailClient {
  private let turnstile: Turnstile

  /// With the defaults two mails travel at a time, which leaves half of the pool to others, and 100 callers may wait.
  public nonisolated init(workers: Int = 2, waiting: Int = 100) {
    turnstile = Turnstile(places: workers, waiting: waiting)
  }

  /// Waits until the relay has taken the mail for delivery. After `timedOut` or `broken` it may have taken it all the same: a
  /// repetition keeps its `messageID`.
  ///
  /// Cancelling ends the wait for a place; a mail on its way goes on to its end or its deadline.
  public func send(
    _ mail: Mail,
    via relay: MailRelay,
    deadline: Duration = .seconds(30)
  ) async throws(OutgoingError) {
    guard let text = MailText(mail)?.bytes else { throw .invalid("message id or date") }
    if relay.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) { throw .invalid("relay url") }
    let result: Result<Void, OutgoingError>
    do {
      result = try await turnstile.pass {
        await EventLoop.shared.offload {
          MailTransfer(from: mail.from.address, to: mail.to.address, text: text).perform(via: relay, deadline: deadline)
        }
      }
    } catch {
      throw error == .full ? .busy : .cancelled
    }
    try result.get()
  }
}
