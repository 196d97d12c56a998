// Tiles are read when they are seen, and what is under the pointer does not move.
import { useEffect, useRef, useState, type RefObject } from "react";

/** Whether an element is on the screen, or near it. */
export function useSeen(): [RefObject<HTMLDivElement | null>, boolean] {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const watch = new IntersectionObserver((entries) => setSeen(entries.some((entry) => entry.isIntersecting)), { rootMargin: "200px" });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [place, seen];
}

interface Held<T> {
  shown: T;
  /** Something newer waits until the pointer is gone, or somebody asks for it. */
  waits: boolean;
  take: () => void;
}

/** Keeps what is shown while it is held, unless something else is asked for. */
export function useHeld<T>(next: T, asked: string, held: boolean): Held<T> {
  const [kept, setKept] = useState({ asked, value: next });
  const waits = held && kept.asked === asked && kept.value !== undefined && kept.value !== next;
  if (!waits && (kept.asked !== asked || kept.value !== next)) setKept({ asked, value: next });
  return { shown: waits ? kept.value : next, waits, take: () => setKept({ asked, value: next }) };
}
