import CLibuv

extension EventLoop {
  /// Makes the allocator give back what a password hash or a large answer took, for a process of one busy thread.
  ///
  /// Left alone it keeps such blocks for each thread that ever asked: a storm of logins left 70 MB behind in auth. To be
  /// called once, before the first thread starts.
  public static func boundMemory() {
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, 1 << 20)
  }
}
