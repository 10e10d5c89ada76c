/** The camera and its decoder: the browser's own where it has one, else a WASM decoder from our server. */

import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare global {
  interface Window {
    BarcodeDetector?: {
      new (options: { formats: string[] }): Detector;
      getSupportedFormats(): Promise<string[]>;
    };
  }
}

/** Pictures looked at in a second: more only warm the phone. */
const EVERY_MS = 120;
/** The decoder needs no more than this; old phones thank it. */
const WIDTH = 640;

async function native(): Promise<Detector | null> {
  const { BarcodeDetector } = window;
  if (!BarcodeDetector) return null;
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code", "code_128"].filter((one) => formats.includes(one)) }) : null;
  } catch {
    return null;
  }
}

function own(): Detector {
  prepareZXingModule({ overrides: { locateFile: (path: string) => (path.endsWith(".wasm") ? wasm : path) }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return {
    async detect(video) {
      const scale = Math.min(1, WIDTH / Math.max(1, video.videoWidth));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      if (!context || canvas.width === 0) return [];
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const found = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), {
        formats: ["QRCode", "Code128"],
        tryHarder: true,
      });
      return found.filter((one) => one.isValid).map((one) => ({ rawValue: one.text }));
    },
  };
}

/** Shows the camera in `video` and calls `seen` with each code. Returns how to stop; throws when there is no camera. */
export async function scan(video: HTMLVideoElement, seen: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const detector = (await native()) ?? own();
  video.srcObject = stream;
  await video.play().catch(() => undefined);
  let on = true;
  const look = async (): Promise<void> => {
    if (!on) return;
    try {
      for (const { rawValue } of await detector.detect(video)) if (on && rawValue) seen(rawValue);
    } catch {
      // a picture that cannot be read: the next one may
    }
    if (on) setTimeout(() => void look(), EVERY_MS);
  };
  void look();
  return () => {
    on = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
