const [outside, inside, signalled] = [0, 1, 2];

/**
 * The moments at which SIGINT ends a cell's JavaScript, agreed between the kernel's two threads: just before and after them
 * nobody listens for the signal, and it would end the kernel.
 */
export class Interruptible {
  private readonly state: Int32Array;

  /** @param shared One Int32, the same in both threads. */
  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.state = new Int32Array(shared);
  }

  /** From here on the signal ends what runs; called by the script itself. */
  enter(): void {
    Atomics.store(this.state, 0, inside);
  }

  /** To here; called by the script itself, which a signal on its way ends in here. */
  leave(): void {
    while (Atomics.compareExchange(this.state, 0, inside, outside) === signalled)
      Atomics.wait(this.state, 0, signalled);
  }

  /** The script has ended, by itself or by the signal. */
  left(): void {
    Atomics.store(this.state, 0, outside);
  }

  /** In the other thread: sends the signal, if that ends what runs. */
  signal(send: () => void): void {
    if (Atomics.compareExchange(this.state, 0, inside, signalled) === inside) send();
  }
}
