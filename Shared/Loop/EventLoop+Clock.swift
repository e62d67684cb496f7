import CLibuv

extension EventLoop {
  /// Milliseconds of the monotonic clock now, for deadlines; it never goes back and says nothing about the date.
  public static var milliseconds: Int64 { Int64(uv_hrtime() / 1_000_000) }
}
