// The main job in front of a storage server that is not ours, and that leaves out of its answers what ours says.
import { mainUploads } from '../fixtures/main-uploads.ts';
import { test } from '../fixtures/test.ts';

test.use({ storageServer: 'seaweedfs' });

mainUploads();
